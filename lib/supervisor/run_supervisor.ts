/**
 * The program in the mode of a supervisor.
 *
 * @module
 */

import { close, open, OpenFlag, writeAll } from "../../ffi/mod.ts";
import {
  ContainerStore,
  isConnected,
  pauseContainer,
  reconcileCommands,
  reconcileRuns,
  resumeContainer,
  WITH_PROCESSES,
} from "../container/mod.ts";
import { forgetEndedExecs } from "../container/record/exec_record.ts";
import { describeError } from "../errors.ts";
import { removeIfPresent } from "../if_present.ts";
import { ownDescriptorPath } from "../process/own_descriptor.ts";
import { enterNamespaceWithExecutable, selfCommand } from "../runtime/mod.ts";
import { closeToOthers, Database, fillReserve, type Roots } from "../state/mod.ts";
import type { Networks } from "./network/networks.ts";
import type { SupervisionContext } from "./supervision_context.ts";
import { EventLoop } from "./watch/event_loop.ts";
import { thawTracers } from "./run/frozen_tracers.ts";
import { SharedVolumes } from "./run/shared_volumes.ts";
import { announceSupervisor, takeSupervisorLock } from "./own/lock.ts";
import { endStrayWitnesses, enterOwnCgroup, removeStrayCgroups } from "./own/cgroup.ts";
import { socketPath } from "./own/presence.ts";
import { Supervisor } from "./front/server.ts";
import { READY_FD, type ReadyMessage } from "./own/start_supervisor.ts";

/**
 * Supervises an instance's containers until there has been nothing to do for a while.
 *
 * @param roots The instance's.
 * @returns The exit code.
 */
export async function runSupervisor(roots: Roots): Promise<number> {
  const lock = takeSupervisorLock(roots);
  if (lock === undefined) {
    tell({ kind: "other" });
    return 0;
  }
  // The kernel takes 10 to 20 ms to move this process there, which prepares itself meanwhile.
  const entered = enterOwnCgroup(roots);
  try {
    const [supervisor] = await Promise.all([prepare(roots), entered]);
    // Containers are none of its business: whoever means them signals them.
    Deno.addSignalListener("SIGTERM", () => supervisor.endSoon());
    announceSupervisor(roots);
    // Who is let in while the socket is being taken away is served like anyone else.
    do await serveUntilIdle(roots, supervisor); while (supervisor.isBusy);
    return 0;
  } catch (error) {
    tell({ kind: "failed", message: describeError(error) });
    return 1;
  } finally {
    // Where it could not be entered, that has been told.
    const leave = await entered.catch(() => undefined);
    leave?.();
  }
}

async function serveUntilIdle(roots: Roots, supervisor: Supervisor): Promise<void> {
  const listener = listen(roots);
  tell({ kind: "ready" });
  fillReserve(roots.root);
  const serving = supervisor.serve(listener);
  await supervisor.idle();
  // Clients that connect from here on find nobody, and start another one; it gets the lock once this
  // process is gone.
  await Deno.remove(socketPath(roots));
  listener.close();
  await serving;
}

async function prepare(roots: Roots): Promise<Supervisor> {
  // Held open as long as this process lives.
  const hostMounts = ownDescriptorPath(open("/proc/thread-self/ns/mnt", OpenFlag.RDONLY));
  const executable = mountOwnExecutable(roots);
  const loop = new EventLoop();
  const store = new ContainerStore(Database.open(roots.root, roots.run));
  closeDirectories(roots);
  const pause = (id: string) => pauseContainer(roots, store, id);
  const resume = (id: string) => resumeContainer(roots, store, id);
  const sharedVolumes = new SharedVolumes(roots);
  let networks: Promise<Networks> | undefined;
  const context: SupervisionContext = {
    ...{ roots, hostMounts, loop, sharedVolumes, store },
    self: selfCommand(executable),
    ...{ log, pause, resume },
    settleLater: () => supervisor.settleLater(),
    networks: () =>
      networks ??= import("./network/container_network.ts")
        .then(({ ContainerNetworks }) => new ContainerNetworks(context)),
  };
  loop.run((error) => log("Cannot handle an event", error));
  const supervisor = new Supervisor(context);
  store.onHeld = context.settleLater;
  forgetEndedExecs(roots);
  await reconcileCommands(roots, store);
  const isConnectedAny = store.list(WITH_PROCESSES)
    .some(({ settings }) => isConnected(settings.network));
  const runs = await reconcileRuns(roots, store);
  await removeStrayCgroups(roots, runs.running.map(({ id }) => id));
  endStrayWitnesses(roots, runs.running);
  await thawTracers({ roots, store });
  supervisor.adopt(runs);
  if (store.holdsChanges) supervisor.settleLater();
  if (isConnectedAny) (await context.networks()).adopt(runs.running);
  return supervisor;
}

/** Nothing of a container's runs before; supervision goes on where the file system is read-only. */
function closeDirectories(roots: Roots): void {
  try {
    closeToOthers(roots);
  } catch (error) {
    log("Cannot close directories to users other than root", error);
  }
}

/**
 * Mounts our executable read-only, in a mount namespace that nobody outlives us in.
 *
 * Init is executed from this mount, so that a container cannot overwrite the executable through
 * `/proc/self/exe` or `/proc/1/exe` (CVE-2019-5736); the kernel removes the mount with the last of
 * our processes, whatever they die of.
 */
function mountOwnExecutable(roots: Roots): string {
  const target = `${roots.run}/exe`;
  enterNamespaceWithExecutable(Deno.execPath(), target);
  return target;
}

function listen(roots: Roots): Deno.Listener {
  const path = socketPath(roots);
  // Left by a supervisor that was killed: we hold the lock, so nobody listens on it.
  removeIfPresent(path);
  const umask = Deno.umask(0o077);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(umask);
  }
}

let isTold = false;

/** Says how the start went, to whoever has started us. */
function tell(message: ReadyMessage): void {
  if (isTold) return;
  isTold = true;
  writeAll(READY_FD, new TextEncoder().encode(JSON.stringify(message)));
  close(READY_FD);
}

/** Goes to `supervisor.log` in the run folder, see start_supervisor.ts. */
function log(message: string, error: unknown): void {
  const line = `${new Date().toISOString()} ${message}: ${describeError(error)}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}
