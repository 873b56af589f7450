/**
 * The init of a container that has to be set up from within: becomes its command, as PID 1.
 *
 * Most containers have a bare init instead (bare_init.ts), for which the supervisor does what this one
 * does itself. It cannot enter a user namespace, though, as it has several threads, and must not wait
 * for a server that a mount needs. The process was started in the container's PID namespace. Everything happens on its main thread and
 * synchronously: the runtime's other threads stay behind in the host's namespaces until the execve
 * ends them. What may be loaded lazily must have been loaded before the root changes.
 *
 * @module
 */

import {
  close,
  createMount,
  dup2,
  open,
  OpenFlag,
  prepareErrno,
  setDumpable,
  umask,
  unshare,
  writeAll,
} from "../../../ffi/mod.ts";
import { describeError, EngineError } from "../../errors.ts";
import { useConsole } from "../root/console.ts";
import { setUpContainer } from "./container_setup.ts";
import { executeAs } from "./execute.ts";
import { joinNamespace } from "./join_namespace.ts";
import {
  encodeInitMessage,
  InitFd,
  type InitMessage,
  type InitOrder,
  type StreamPaths,
} from "./messages.ts";
import {
  NAMESPACE_FLAG,
  namespaceError,
  namespaceFlags,
  withNetwork,
} from "../spec/namespace_kinds.ts";
import { OrderReader } from "./order_reader.ts";
import { giveStreamsTo } from "./process_user.ts";
import { systemCallFilter } from "./seccomp.ts";
import { applyLabels } from "./security_label.ts";
import { Annotation, readSpec, type Spec, type SpecNamespace } from "../spec/spec.ts";
import { becomeNamespaceRoot } from "../user/user_namespace.ts";

// In a user namespace the kernel mounts these only where others of their kind are in sight, which
// they are not any more once the root has changed.
const CREATED_BEFORE = ["proc", "sysfs"];

type RunOrder = Extract<InitOrder, { kind: "run" }>;

/**
 * Runs as a container's init, with the descriptors of {@linkcode InitFd} at hand.
 *
 * @returns Only on failure, once it was reported: the exit code for this process.
 */
export function runInit(): number {
  prepareErrno();
  // What a container may not see of us, nobody else may either.
  setDumpable(false);
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
  const spec = joining(readSpec(bundle), order);
  const filter = systemCallFilter(spec);
  useStreams(streams);
  // What is written now takes effect with the execve.
  applyLabels(spec.process);
  // In a user namespace its parent has.
  if (spec.process.oomScoreAdj !== undefined && !mapped) {
    Deno.writeTextFileSync("/proc/self/oom_score_adj", `${spec.process.oomScoreAdj}`);
  }
  const namespaces = withNetwork(spec.linux.namespaces, networkNamespace);
  enterNamespaces(namespaces);
  const { hasOwnDev, identity, terminal } = setUpContainer({
    ...{ bundle, mapped, spec },
    hasNewNetwork: namespaces.some(({ path, type }) => type === "network" && path === undefined),
    hostMounts,
    create: ({ type = "" }, attributes) =>
      mapped && CREATED_BEFORE.includes(type) ? createMount(type, attributes) : undefined,
    // Until here it had to be the owner of what lies on the host; from here on, of what it creates.
    onRootMounted: mapped && becomeNamespaceRoot,
  });
  // The host's null device, which stands in until here, is not the container's to change.
  if (hasOwnDev && streams.stdin === undefined) useAs(0, "/dev/null", OpenFlag.RDONLY);
  if (terminal) report({ kind: "terminal", fd: terminal.master });
  // Until the parent holds the terminal, closing ours would hang it up.
  awaitProceed(orders);
  if (terminal) useConsole(terminal);
  else giveStreamsTo(identity.uid);
  return executeAs(spec.process, identity, {
    filter,
    ownInit: Annotation.INIT in (spec.annotations ?? {}),
  });
}

/** What it joins this time is not in the bundle, which outlasts it. */
function joining(spec: Spec, { joinedMounts, namespaces }: RunOrder): Spec {
  const mounts = spec.mounts.map((mount) =>
    joinedMounts.find(({ destination }) => destination === mount.destination) ?? mount
  );
  return { ...spec, mounts, linux: { ...spec.linux, namespaces } };
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
  createNamespaces(own.filter(({ path }) => path === undefined).map(({ type }) => type));
}

function createNamespaces(types: readonly SpecNamespace["type"][]): void {
  try {
    unshare(namespaceFlags(types));
  } catch (error) {
    throw namespaceError(types.join(", "), error);
  }
}
