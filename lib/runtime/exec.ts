/**
 * Joining a running container: becomes one more command in it.
 *
 * The process was started in the container's PID namespace, where the container can see it: so nothing
 * but its parent may look into it (CVE-2016-9962), and it is executed from a read-only mount. As in
 * init.ts everything happens synchronously on the main thread.
 *
 * @module
 */

import {
  CloneFlag,
  close,
  dup2,
  fchdir,
  FileType,
  open,
  OpenFlag,
  openPseudoTerminal,
  prepareErrno,
  type PseudoTerminal,
  setDumpable,
  setns,
  setTerminalSize,
  statx,
  unshare,
  writeAll,
} from "../../ffi/mod.ts";
import { describeError, EngineError } from "../errors.ts";
import { useConsole } from "./console.ts";
import { openInContainer } from "./container_path.ts";
import { encodeExecMessage, ExecFd, type ExecOrder, type ExecReport } from "./exec_messages.ts";
import { executeAs } from "./execute.ts";
import { OrderReader } from "./order_reader.ts";
import { findProcessIdentity, giveStreamsTo } from "./process_user.ts";
import type { SpecProcess } from "./spec.ts";

type ExecuteOrder = Extract<ExecOrder, { kind: "execute" }>;

const ITSELF = new TextEncoder().encode("0");
// null(4).
const NULL_MAJOR = 1;
const NULL_MINOR = 3;

/**
 * Runs as a process that joins a container, with the descriptors of {@linkcode ExecFd} at hand.
 *
 * @returns Only on failure, once it was reported: the exit code for this process.
 */
export function runExec(): number {
  setDumpable(false);
  prepareErrno();
  const orders = new OrderReader<ExecOrder>();
  const order = orders.next();
  if (order?.kind !== "execute") return 1;
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

function becomeCommand(order: ExecuteOrder, orders: OrderReader<ExecOrder>): never {
  const { process } = order;
  if (process.oomScoreAdj !== undefined) {
    Deno.writeTextFileSync("/proc/self/oom_score_adj", `${process.oomScoreAdj}`);
  }
  // Opened while the host's files are in reach; written to at the end, so that what this process has
  // used of its memory so far is not the container's.
  const cgroupFiles = order.cgroupFiles.map((path) => open(path, OpenFlag.WRONLY));
  joinNamespaces();
  // From here on every path is the container's.
  const terminal = process.terminal ? openTerminal(process, orders) : undefined;
  const identity = findProcessIdentity(order.user, process.user);
  const workingDirectory = openWorkingDirectory(process.cwd);
  if (terminal) {
    useConsole(terminal, identity.uid);
  } else {
    order.nothing.forEach(useNothing);
    giveStreamsTo(identity.uid);
  }
  fchdir(workingDirectory);
  cgroupFiles.forEach((fd) => writeAll(fd, ITSELF));
  report({ kind: "ready" });
  return executeAs(process, identity, { endsWithParent: order.endsWithParent });
}

/**
 * Joins all at once, and exactly those of the process that the parent has looked at: a pidfd cannot
 * come to mean another one (Linux 5.8).
 */
function joinNamespaces(): void {
  // The kernel changes the root of a thread only where no other one shares it.
  unshare(CloneFlag.FS);
  const { NEWCGROUP, NEWIPC, NEWNET, NEWNS, NEWUTS } = CloneFlag;
  setns(ExecFd.CONTAINER, NEWCGROUP | NEWIPC | NEWNET | NEWNS | NEWUTS);
}

function openTerminal(process: SpecProcess, orders: OrderReader<ExecOrder>): PseudoTerminal {
  const terminal = openPseudoTerminal("/dev/pts/ptmx");
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  if (height > 0 && width > 0) {
    setTerminalSize(terminal.master, { rows: height, columns: width });
  }
  report({ kind: "terminal", fd: terminal.master });
  // Until the parent holds the master, closing ours would hang the terminal up. Where the parent is
  // gone, so is whoever wanted the command.
  if (orders.next() === undefined) Deno.exit(1);
  return terminal;
}

/** Magic links are refused, so `/proc/self/fd/N` cannot lead to the host (CVE-2024-21626). */
function openWorkingDirectory(path: string): number {
  try {
    return openInContainer(path, { flags: OpenFlag.PATH | OpenFlag.DIRECTORY });
  } catch (error) {
    throw new EngineError(`chdir to cwd ("${path}") set in config.json failed`, {
      kind: "invalid",
      cause: error,
    });
  }
}

/** The host's device would be the host's file: the container could change its mode. */
function useNothing(target: number): void {
  const fd = openInContainer("/dev/null", { flags: OpenFlag.RDWR | OpenFlag.NOCTTY });
  const { deviceMajor, deviceMinor, mode } = statx(fd);
  const isDevice = (mode & FileType.MASK) === FileType.CHARACTER;
  if (!isDevice || deviceMajor !== NULL_MAJOR || deviceMinor !== NULL_MINOR) {
    throw new EngineError(`the container's "/dev/null" is something else`, { kind: "invalid" });
  }
  dup2(fd, target);
  close(fd);
}

function report(message: ExecReport): void {
  writeAll(ExecFd.REPORT, encodeExecMessage(message));
}
