/**
 * Starting an init that sets its container up itself (lib/runtime/init/init.ts): the parent's half.
 *
 * @module
 */

import { close, read, setNonBlocking, setTerminalSize } from "../../../ffi/mod.ts";
import type { Cgroup } from "../../cgroup/mod.ts";
import {
  BARE_INIT_NAME,
  bundleDirectory,
  type ContainerRecord,
  dismissWitness,
  isConnected,
} from "../../container/mod.ts";
import { identifyProcess } from "../../process/mod.ts";
import { keepsExitStatus } from "../../kernel_version.ts";
import {
  initError,
  InitFd,
  type InitMessage,
  type LaunchedInit,
  launchInit,
  parseMessages,
  type Spec,
  userNamespaceOf,
} from "../../runtime/mod.ts";
import type { ContainerNetwork } from "../network/network_in_making.ts";
import type { EventLoop } from "../watch/event_loop.ts";
import { awaitExit } from "../watch/exit_watch.ts";
import type { JoinedNamespaces } from "./joined_namespaces.ts";
import type { TerminalDimensions } from "../protocol.ts";
import { beginNetwork, mountForUserNamespace } from "./preparation.ts";
import type { InitStart, StartingInit } from "./init_start.ts";

// A process of the runtime starts with half as much.
const RUNTIME_MEMORY = 64 << 20;

/**
 * Starts an init that sets its container up itself.
 *
 * @param start What it is started for.
 * @param cgroup The container's cgroup, which is there.
 * @returns Init, which is at work.
 * @throws {EngineError} It cannot be started; nothing of the attempt runs.
 */
export async function startRuntimeInit(start: InitStart, cgroup: Cgroup): Promise<StartingInit> {
  const { context, joined, record } = start;
  const spec = asInherited(start.spec, joined);
  const user = userNamespaceOf(spec);
  const network = isConnected(record.settings.network);
  const init = launchInit({
    self: context.self,
    pidNamespace: spec.linux.namespaces.find(({ type }) => type === "pid"),
    ...user && { user, network },
    inherited: joined.descriptors,
    ...!keepsExitStatus() && { witness: BARE_INIT_NAME },
  });
  try {
    // While it starts up.
    await cgroup.add(init.pid);
    const network = await begin({ ...start, spec }, init);
    let size: TerminalDimensions | undefined;
    return {
      pid: init.pid,
      pidfd: init.pidfd,
      memory: RUNTIME_MEMORY,
      connected: network?.ready ?? Promise.resolve(),
      prepare: (wanted) => {
        size = wanted;
      },
      become: () => awaitCommand(context.loop, record, init, size),
      abandon: () => init.closePipes(),
    };
  } catch (error) {
    // It ends when it finds the pipe closed.
    init.closePipes();
    const identity = identifyProcess(init.pid)!;
    await awaitExit(context.loop, init.pid, init.pidfd, identity.start);
    dismissWitness(identity);
    close(init.pidfd);
    throw error;
  }
}

/** Tells it what container to become; gives that one's network, if it gets one. */
async function begin(
  start: InitStart,
  init: LaunchedInit,
): Promise<ContainerNetwork | undefined> {
  const { context, joined, record, spec, stack, streams } = start;
  // Init has its own copy of these as soon as it is done.
  const mapped = mountForUserNamespace(context, record, spec, init);
  if (mapped) stack.use(mapped);
  const network = await beginNetwork(context, record, init);
  if (network) stack.use(network);
  const networkNamespace = network?.path ??
    (joined.network && joined.inherited(joined.network, InitFd.INHERITED));
  const bundle = bundleDirectory(context.roots, record.id);
  init.send({
    ...{ kind: "run", bundle, streams: streams.paths },
    ...mapped ? { mapped: mapped.paths } : { hostMounts: context.hostMounts },
    ...networkNamespace !== undefined && { networkNamespace },
    namespaces: spec.linux.namespaces,
    joinedMounts: spec.mounts.filter(({ namespace }) => namespace !== undefined),
  });
  return network;
}

/** From within a user namespace, our descriptors cannot be opened: init has its own. */
function asInherited(spec: Spec, joined: JoinedNamespaces): Spec {
  const inherited = (path: string) => joined.inherited(path, InitFd.INHERITED);
  const namespaces = spec.linux.namespaces.map((one) =>
    one.path === undefined ? one : { ...one, path: inherited(one.path) }
  );
  const mounts = spec.mounts.map((mount) =>
    mount.namespace === undefined ? mount : { ...mount, namespace: inherited(mount.namespace) }
  );
  return { ...spec, mounts, linux: { ...spec.linux, namespaces } };
}

/** Lets init proceed until it has become the container's command. */
async function awaitCommand(
  loop: EventLoop,
  record: ContainerRecord,
  init: LaunchedInit,
  size: TerminalDimensions | undefined,
): Promise<number | undefined> {
  let terminal: number | undefined;
  let text = "";
  try {
    if (!record.settings.terminal) init.send({ kind: "proceed" });
    for await (const part of reports(loop, init.report)) {
      const { messages, rest } = parseMessages<InitMessage>(text + part);
      text = rest;
      for (const message of messages) terminal = handleReport(record, init, message, size);
    }
    return terminal;
  } catch (error) {
    if (terminal !== undefined) close(terminal);
    throw error;
  } finally {
    init.closePipes();
  }
}

function handleReport(
  record: ContainerRecord,
  init: LaunchedInit,
  message: InitMessage,
  size: TerminalDimensions | undefined,
): number {
  if (message.kind === "failed") throw initError(record.name, message);
  const terminal = init.takeDescriptor(message.fd);
  setNonBlocking(terminal);
  // Before the command runs, which may ask at once.
  if (size) setTerminalSize(terminal, size);
  init.send({ kind: "proceed" });
  return terminal;
}

/** What comes through init's pipe, until it is closed: by its execve, or its end. */
async function* reports(loop: EventLoop, fd: number): AsyncGenerator<string> {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder();
  try {
    while (true) {
      const count = read(fd, buffer);
      if (count === 0) return;
      if (count !== undefined) yield decoder.decode(buffer.subarray(0, count), { stream: true });
      else {
        await new Promise<void>((resolve) => loop.watch(fd, { readable: resolve }));
        loop.unwatch(fd);
      }
    }
  } finally {
    loop.unwatch(fd);
  }
}
