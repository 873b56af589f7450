/**
 * Running short programs in the network namespaces of containers.
 *
 * `Deno.Command` may start threads of the runtime, and a thread that is started in another namespace
 * stays there for good. posix_spawn starts nothing but the program.
 *
 * @module
 */

import {
  close,
  Errno,
  isErrno,
  kill,
  open,
  OpenFlag,
  pidfdOpen,
  pipe,
  read,
  setNonBlocking,
  Signal,
  spawn,
  waitFor,
  writeAll,
} from "../../../ffi/mod.ts";
import { exitCode } from "../../container/mod.ts";
import {
  findProgram,
  inNetworkNamespace,
  type ProgramCall,
  type ProgramRunner,
} from "../../network/mod.ts";
import type { EventLoop } from "./event_loop.ts";
import { awaitExit } from "./exit_watch.ts";

/**
 * Makes a runner of programs.
 *
 * @param loop Tells when they have ended.
 * @returns The runner.
 */
export function programRunner(loop: EventLoop): ProgramRunner {
  return async ({ name, args, input, namespace }) => {
    const { pid, pidfd, stderr, stdin } = startProgram(
      findProgram(name),
      [name, ...args],
      namespace,
    );
    const ended = awaitExit(loop, pid, pidfd);
    try {
      await writeInput(stdin, input);
      return { code: exitCode(await ended), stderr: readRest(stderr) };
    } finally {
      await ended;
      [pidfd, stderr].forEach(close);
    }
  };
}

interface StartedProgram {
  pid: number;
  pidfd: number;
  /** Our ends of its pipes. */
  stdin: number;
  stderr: number;
}

function startProgram(
  path: string,
  args: readonly string[],
  namespace: number | undefined,
): StartedProgram {
  using ours = new DisposableStack();
  using theirs = new DisposableStack();
  const keep = (fd: number, stack: DisposableStack) => stack.adopt(fd, close);
  const input = pipe();
  const stdin = keep(input.write, ours);
  keep(input.read, theirs);
  const output = pipe();
  const stderr = keep(output.read, ours);
  keep(output.write, theirs);
  const nothing = keep(open("/dev/null", OpenFlag.WRONLY), theirs);
  const fds = { 0: input.read, 1: nothing, 2: output.write };
  const start = () => spawn({ path, args, env: { LC_ALL: "C" }, fds });
  const pid = namespace === undefined ? start() : inNetworkNamespace(namespace, start);
  ours.defer(() => {
    kill(pid, Signal.SIGKILL);
    waitFor(pid);
  });
  const pidfd = pidfdOpen(pid);
  ours.move();
  return { pid, pidfd, stdin, stderr };
}

/** A pipe holds all of it, so nobody has to wait for anybody. */
async function writeInput(fd: number, input: ProgramCall["input"]): Promise<void> {
  try {
    writeAll(fd, new TextEncoder().encode(await input));
  } catch (error) {
    // It has given up before, and says why.
    if (!isErrno(error, Errno.EPIPE)) throw error;
  } finally {
    close(fd);
  }
}

/** Reads what a program that has ended has left in its pipe. */
function readRest(fd: number): string {
  setNonBlocking(fd);
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder();
  let text = "";
  for (let count; (count = read(fd, buffer));) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}
