/**
 * Reading the output of commands that were executed in containers, where whoever read it was killed.
 *
 * @module
 */

import { close, FileType, OpenFlag, read, statx, SyscallError } from "../../../ffi/mod.ts";
import {
  openProcess,
  ProcessGoneError,
  type ProcessHandle,
  type ProcessIdentity,
} from "../../process/mod.ts";
import type { EventLoop } from "./event_loop.ts";
import type { ExecClient } from "../protocol.ts";

// As much as a pipe holds (pipe(7)).
const BUFFER_SIZE = 64 << 10;

/**
 * Takes a client's place at a command's pipes: as in Docker, a command runs on although nobody is
 * interested in what it writes any more.
 */
export class ExecHeir {
  /** Settles when the client has ended. */
  readonly clientEnded: Promise<void>;
  readonly #loop: EventLoop;
  readonly #outputs = new Set<number>();

  /**
   * Waits for a client's end.
   *
   * @param loop Tells of it.
   * @param client The client, which may have ended.
   */
  constructor(loop: EventLoop, client: ExecClient) {
    this.#loop = loop;
    try {
      using process = openProcess(client.process);
      const outputs = client.outputs.map((fd) => openOutput(process, fd));
      for (const fd of outputs) if (fd !== undefined) this.#outputs.add(fd);
      this.clientEnded = awaitEnd(loop, client.process, process).then(() => this.#inherit());
    } catch (error) {
      this.leave();
      if (!(error instanceof ProcessGoneError)) throw error;
      this.clientEnded = Promise.resolve();
    }
  }

  /** Lets go of the pipes: the command has ended. */
  leave(): void {
    for (const fd of this.#outputs) this.#release(fd);
  }

  #inherit(): void {
    const buffer = new Uint8Array(BUFFER_SIZE);
    for (const fd of this.#outputs) {
      this.#loop.watch(fd, { readable: () => void (read(fd, buffer) === 0 && this.#release(fd)) });
    }
  }

  #release(fd: number): void {
    this.#outputs.delete(fd);
    this.#loop.unwatch(fd);
    close(fd);
  }
}

/** Clients whose end is waited for: with one descriptor, however many commands they execute. */
const clients = new Map<string, Promise<void>>();

/** Waits for a client's end. */
function awaitEnd(
  loop: EventLoop,
  { pid, start }: ProcessIdentity,
  process: ProcessHandle,
): Promise<void> {
  const key = `${pid} ${start}`;
  const known = clients.get(key);
  if (known) return known;
  const pidfd = process.openPidfd();
  const ended = new Promise<void>((resolve) => {
    loop.watch(pidfd, {
      readable: () => {
        loop.unwatch(pidfd);
        close(pidfd);
        clients.delete(key);
        resolve();
      },
    });
  });
  clients.set(key, ended);
  return ended;
}

/** A descriptor that the client has closed may mean something else by now, which is left alone. */
function openOutput(process: ProcessHandle, fd: number): number | undefined {
  const flags = OpenFlag.RDONLY | OpenFlag.NONBLOCK;
  const ours = whereThere(() => process.open(`fd/${fd}`, flags));
  if (ours === undefined || (statx(ours).mode & FileType.MASK) === FileType.FIFO) return ours;
  close(ours);
  return undefined;
}

function whereThere<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return undefined;
  }
}
