/**
 * A container's init: becomes the container's command, as PID 1.
 *
 * The process was started in the container's PID namespace. Everything happens on its main thread and
 * synchronously: the runtime's other threads stay behind in the host's namespaces until the execve
 * ends them. What may be loaded lazily must have been loaded before the root changes.
 *
 * @module
 */

import {
  CloneFlag,
  close,
  dup2,
  fchdir,
  mount,
  MountAttribute,
  MountFlag,
  open,
  OpenFlag,
  openLibc,
  prepareErrno,
  setDomainname,
  setDumpable,
  setHostname,
  setInterfaceUp,
  setMountAttributes,
  umask,
  unshare,
  writeAll,
} from "../../ffi/mod.ts";
import { describeError, EngineError } from "../errors.ts";
import { createConsole, useConsole } from "./console.ts";
import { openInContainer, openOrCreateDirectory } from "./container_path.ts";
import { borrowDevices, createDevices } from "./devices.ts";
import { executeAs } from "./execute.ts";
import { joinNamespace } from "./join_namespace.ts";
import { maskPaths, protectPaths } from "./hidden_paths.ts";
import {
  encodeInitMessage,
  InitFd,
  type InitMessage,
  type InitOrder,
  type StreamPaths,
} from "./messages.ts";
import { performMount, prepareMounts } from "./mounts.ts";
import { OrderReader } from "./order_reader.ts";
import { findProcessIdentity, giveStreamsTo, userOfSpec } from "./process_user.ts";
import { checkInProc } from "./proc_guard.ts";
import { enterRoot, mountRoot } from "./rootfs.ts";
import { systemCallFilter } from "./seccomp.ts";
import { applyLabels } from "./security_label.ts";
import { Annotation, readSpec, type SpecNamespace } from "./spec.ts";
import { becomeNamespaceRoot } from "./user_namespace.ts";

const NAMESPACE_FLAG: Readonly<Record<SpecNamespace["type"], number>> = {
  cgroup: CloneFlag.NEWCGROUP,
  ipc: CloneFlag.NEWIPC,
  mount: CloneFlag.NEWNS,
  network: CloneFlag.NEWNET,
  pid: CloneFlag.NEWPID,
  time: CloneFlag.NEWTIME,
  user: CloneFlag.NEWUSER,
  uts: CloneFlag.NEWUTS,
};

type RunOrder = Extract<InitOrder, { kind: "run" }>;

/**
 * Runs as a container's init, with the descriptors of {@linkcode InitFd} at hand.
 *
 * @param ahead Whether there is no container for it yet, so that there is time to get ready.
 * @returns Only on failure, once it was reported: the exit code for this process.
 */
export function runInit(ahead: boolean): number {
  prepareErrno();
  // What a container may not see of us, nobody else may either.
  setDumpable(false);
  if (ahead) openLibc();
  const orders = new OrderReader();
  const order = orders.next();
  if (order?.kind !== "run") return 1;
  try {
    becomeCommand(order, orders);
  } catch (error) {
    report({
      kind: "failed",
      error: error instanceof EngineError ? error.kind : "system",
      message: describeError(error),
    });
  }
  return 1;
}

/** The order of these steps is the point; where it is not obvious, the step says why it stands there. */
function becomeCommand(order: RunOrder, orders: OrderReader): never {
  umask(0);
  const { bundle, hostMounts, mapped, networkNamespace, streams } = order;
  const spec = readSpec(bundle);
  const filter = systemCallFilter(spec);
  useStreams(streams);
  // What is written now takes effect with the execve.
  applyLabels(spec.process);
  // In a user namespace its parent has.
  if (spec.process.oomScoreAdj !== undefined && !mapped) {
    Deno.writeTextFileSync("/proc/self/oom_score_adj", `${spec.process.oomScoreAdj}`);
  }
  const isCgroup = ({ type }: { type?: string }) => type === "cgroup";
  const namespaces = withNetwork(spec.linux.namespaces, networkNamespace);
  enterNamespaces(namespaces.filter((namespace) => !isCgroup(namespace)));
  // Nothing mounted here may reach the host; what the host mounts may still reach bind mounts that
  // ask for it.
  mount("", "/", "", MountFlag.SLAVE | MountFlag.REC);
  const mounts = prepareMounts(spec.mounts, { hostMounts, mapped });
  const devices = mapped ? borrowDevices(spec.linux.devices) : undefined;
  mountRoot(bundle, spec, mapped?.root);
  // Until here it had to be the owner of what lies on the host; from here on, of what it creates.
  if (mapped) becomeNamespaceRoot();
  enterRoot();
  // From here on every path is the container's.
  const first = mounts.findIndex(({ mount }) => isCgroup(mount));
  const beforeCgroup = first === -1 ? mounts.length : first;
  mounts.slice(0, beforeCgroup).forEach(performMount);
  const hasOwnDev = spec.mounts.some(({ destination, type }) =>
    destination === "/dev" && type === "tmpfs"
  );
  if (hasOwnDev) createDevices(spec.linux.devices, devices);
  // The host's null device, which stands in until here, is not the container's to change.
  if (hasOwnDev && streams.stdin === undefined) useAs(0, "/dev/null", OpenFlag.RDONLY);
  // Meanwhile the parent has placed this process in its cgroup, which takes as long as all of the
  // above. A new cgroup namespace has as its root whatever cgroup its creator is in.
  awaitProceed(orders);
  enterNamespaces(spec.linux.namespaces.filter(isCgroup));
  mounts.slice(beforeCgroup).forEach(performMount);
  const terminal = spec.process.terminal ? createConsole(spec.process) : undefined;
  if (terminal) {
    report({ kind: "terminal", fd: terminal.master });
    // Until the parent holds the master, closing ours would hang the terminal up.
    awaitProceed(orders);
  }
  if (spec.hostname !== undefined) setHostname(spec.hostname);
  if (spec.domainname !== undefined) setDomainname(spec.domainname);
  applySysctl(spec.linux.sysctl ?? {});
  const identity = findProcessIdentity(userOfSpec(spec));
  const workingDirectory = openWorkingDirectory(spec.process.cwd);
  // After sysctl and before the root is read-only: masks need mount points, not files.
  protectPaths(spec.linux.readonlyPaths ?? []);
  maskPaths(spec.linux.maskedPaths ?? []);
  if (spec.root.readonly) makeRootReadOnly();
  if (terminal) useConsole(terminal, identity.uid);
  else giveStreamsTo(identity.uid);
  // Last, as mounting works by way of the working directory.
  fchdir(workingDirectory);
  return executeAs(spec.process, identity, {
    filter,
    ownInit: Annotation.INIT in (spec.annotations ?? {}),
  });
}

function withNetwork(
  namespaces: readonly SpecNamespace[],
  path: string | undefined,
): readonly SpecNamespace[] {
  if (path === undefined) return namespaces;
  return namespaces.map((one) => one.type === "network" ? { ...one, path } : one);
}

function awaitProceed(orders: OrderReader): void {
  // The parent is gone, and with it whoever wanted this container.
  if (orders.next() === undefined) Deno.exit(1);
}

function report(message: InitMessage): void {
  writeAll(InitFd.REPORT, encodeInitMessage(message));
}

/**
 * Opens the container's streams. The outputs are opened for reading as well: while nobody else reads
 * them, because the supervisor has died, writers wait and lose nothing.
 */
function useStreams({ stdin, stdout, stderr }: StreamPaths): void {
  useAs(0, stdin ?? "/dev/null", OpenFlag.RDONLY);
  useAs(1, stdout ?? "/dev/null", OpenFlag.RDWR);
  useAs(2, stderr ?? "/dev/null", OpenFlag.RDWR);
}

function useAs(target: number, path: string, flags: number): void {
  const fd = open(path, flags | OpenFlag.NOCTTY);
  dup2(fd, target);
  close(fd);
}

function enterNamespaces(namespaces: readonly SpecNamespace[]): void {
  // The PID and user namespaces were entered by being born in them.
  const own = namespaces.filter(({ type }) => type !== "pid" && type !== "user");
  for (const { path, type } of own) {
    if (path === undefined) continue;
    joinNamespace(path, NAMESPACE_FLAG[type]);
  }
  const created = own.filter(({ path }) => path === undefined);
  createNamespaces(created.map(({ type }) => type));
  if (created.some(({ type }) => type === "network")) setInterfaceUp("lo");
}

function createNamespaces(types: readonly SpecNamespace["type"][]): void {
  try {
    unshare(types.reduce((flags, type) => flags | NAMESPACE_FLAG[type], 0));
  } catch (error) {
    throw new EngineError(
      `the kernel does not give a container its own ${
        types.join(", ")
      } namespace: it needs a kernel ` +
        `with all of them, and inside another container that one's permission (CAP_SYS_ADMIN)`,
      { kind: "unavailable", cause: error },
    );
  }
}

function applySysctl(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    const path = `/proc/sys/${name.replaceAll(".", "/")}`;
    try {
      const fd = openInContainer(path, { noSymlinks: true, flags: OpenFlag.WRONLY });
      checkInProc(fd, path);
      writeAll(fd, new TextEncoder().encode(value));
      close(fd);
    } catch (error) {
      throw new EngineError(`setting the kernel parameter "${name}"`, {
        kind: "invalid",
        cause: error,
      });
    }
  }
}

/** Magic links are refused, so `/proc/self/fd/N` cannot lead to the host (CVE-2024-21626). */
function openWorkingDirectory(path: string): number {
  try {
    return openOrCreateDirectory(path);
  } catch (error) {
    throw new EngineError(`chdir to cwd ("${path}") set in config.json failed`, {
      kind: "invalid",
      cause: error,
    });
  }
}

function makeRootReadOnly(): void {
  const root = open("/", OpenFlag.PATH | OpenFlag.DIRECTORY);
  setMountAttributes(root, MountAttribute.RDONLY, false);
  close(root);
}
