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
  open,
  OpenFlag,
  pidfdOpen,
  pipe,
  read,
  setNonBlocking,
  spawn,
  writeAll,
} from "../../ffi/mod.ts";
import { exitCode } from "../container/mod.ts";
import {
  findProgram,
  inNetworkNamespace,
  type ProgramCall,
  type ProgramRunner,
} from "../network/mod.ts";
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
    const path = findProgram(name);
    const stdin = pipe();
    const stderr = pipe();
    const nothing = open("/dev/null", OpenFlag.WRONLY);
    let pidfd: number;
    let pid: number;
    try {
      const start = () =>
        spawn({
          path,
          args: [name, ...args],
          env: { LC_ALL: "C" },
          fds: { 0: stdin.read, 1: nothing, 2: stderr.write },
        });
      pid = namespace === undefined ? start() : inNetworkNamespace(namespace, start);
      pidfd = pidfdOpen(pid);
    } catch (error) {
      [stdin.write, stderr.read].forEach(close);
      throw error;
    } finally {
      [stdin.read, nothing, stderr.write].forEach(close);
    }
    const ended = awaitExit(loop, pid, pidfd);
    try {
      await writeInput(stdin.write, input);
      return { code: exitCode(await ended), stderr: readRest(stderr.read) };
    } finally {
      await ended;
      [pidfd, stderr.read].forEach(close);
    }
  };
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
