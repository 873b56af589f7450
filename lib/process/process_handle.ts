/**
 * What belongs to a process: its namespaces, its root, its descriptors, its files in `/proc`.
 *
 * A pid is the kernel's to give to somebody else as soon as its process is gone, so a path that is
 * joined from one leads to whoever has it when the path is opened. A directory of `/proc` that is open
 * is bound to its process, whatever becomes of the number: what is opened below it is that process's,
 * or nothing (ESRCH). So the directory is opened first and its process identified through it; from
 * then on nothing can come in between. `scripts/check_imports.ts` sees to it that nobody else joins
 * such a path.
 *
 * @module
 */

import {
  close,
  closing,
  Errno,
  isErrno,
  open,
  openat,
  OpenFlag,
  pidfdOpen,
  pidfdSendSignal,
  readlinkat,
  SyscallError,
} from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import { isGone } from "../gone.ts";
import {
  currentBootId,
  identifyProcess,
  parseProcessStat,
  type ProcessIdentity,
  readProcessStat,
} from "./identity.ts";

/** What is thrown where a process has ended, or its pid is another's by now. */
export class ProcessGoneError extends EngineError {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "ProcessGoneError";

  /**
   * Creates the error.
   *
   * @param pid The pid of the process.
   * @param cause What the kernel said, if that was it.
   */
  constructor(pid: number, cause?: unknown) {
    super(`process ${pid} has ended`, { kind: "conflict", ...cause !== undefined && { cause } });
  }
}

/**
 * Takes hold of a process, which keeps nobody from ending it.
 *
 * @param identity The process.
 * @returns The handle, to be disposed of.
 * @throws {ProcessGoneError} It has ended, a zombie included, or its pid is another's.
 * @throws {SyscallError} The kernel refused.
 */
export function openProcess(identity: ProcessIdentity): ProcessHandle {
  const { bootId, pid } = identity;
  if (bootId !== currentBootId()) throw new ProcessGoneError(pid);
  let directory: number;
  try {
    directory = open(`/proc/${pid}`, OpenFlag.PATH | OpenFlag.DIRECTORY);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT, Errno.ESRCH)) throw new ProcessGoneError(pid, error);
    throw error;
  }
  const handle = new ProcessHandle(identity, directory);
  if (handle.isAlive) return handle;
  handle[Symbol.dispose]();
  throw new ProcessGoneError(pid);
}

/**
 * Takes hold of a child of this process that nobody has waited for: so its pid is its own.
 *
 * @param pid The child.
 * @returns The handle, to be disposed of.
 * @throws {ProcessGoneError} It has ended.
 * @throws {SyscallError} The kernel refused.
 */
export function openChild(pid: number): ProcessHandle {
  const identity = identifyProcess(pid);
  if (!identity) throw new ProcessGoneError(pid);
  return openProcess(identity);
}

/**
 * Refers to a process by a pidfd (pidfd_open(2)), also where it has ended and nobody has waited for it.
 *
 * @param identity The process.
 * @returns The descriptor, to be closed by the caller.
 * @throws {ProcessGoneError} It has ended and was waited for, or its pid is another's.
 * @throws {SyscallError} The kernel refused.
 */
export function openPidfd({ bootId, pid, start }: ProcessIdentity): number {
  let pidfd: number;
  try {
    pidfd = pidfdOpen(pid);
  } catch (error) {
    if (isErrno(error, Errno.ESRCH)) throw new ProcessGoneError(pid, error);
    throw error;
  }
  // As long as nobody has waited for it, its pid is its own: it was so when the pidfd was opened.
  if (bootId === currentBootId() && readProcessStat(pid)?.start === start) return pidfd;
  close(pidfd);
  throw new ProcessGoneError(pid);
}

/** A process that is held: what is opened through it is that process's, or fails. */
export class ProcessHandle implements Disposable {
  readonly #identity: ProcessIdentity;
  readonly #directory: number;

  /**
   * Takes charge of a process's directory; {@linkcode openProcess} makes sure whose it is.
   *
   * @param identity The process.
   * @param directory A descriptor of its directory in `/proc`, closed with this object.
   */
  constructor(identity: ProcessIdentity, directory: number) {
    this.#identity = identity;
    this.#directory = directory;
  }

  /** Whether the process runs; a zombie does not. */
  get isAlive(): boolean {
    let text: string;
    try {
      text = Deno.readTextFileSync(this.#path("stat"));
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
    const { start, state } = parseProcessStat(text);
    return start === this.#identity.start && state !== "Z" && state !== "X";
  }

  /**
   * Opens what belongs to the process.
   *
   * @param path Relative to its directory in `/proc` (proc(5)), as `ns/net`, `root` or `fd/1`.
   * @param flags Bits of `OpenFlag`.
   * @returns A descriptor, to be closed by the caller; it stays what it is after the process's end.
   * @throws {ProcessGoneError} It has ended.
   * @throws {SyscallError} The kernel refused: there is no such descriptor, say.
   */
  open(path: string, flags: number = OpenFlag.RDONLY): number {
    return this.#whileThere(() => openat(this.#directory, path, flags));
  }

  /**
   * Refers to the process by a pidfd (pidfd_open(2)).
   *
   * @returns The descriptor, to be closed by the caller.
   * @throws {ProcessGoneError} It has ended.
   * @throws {SyscallError} The kernel refused.
   */
  openPidfd(): number {
    const pidfd = this.#whileThere(() => pidfdOpen(this.#identity.pid));
    // As long as nobody has waited for it, its pid is its own: it was so when the pidfd was opened.
    if (this.isAlive) return pidfd;
    close(pidfd);
    throw new ProcessGoneError(this.#identity.pid);
  }

  /**
   * Sends the process a signal; one that has ended is left alone.
   *
   * @param signal The signal's number.
   * @throws {SyscallError} The kernel refused.
   */
  signal(signal: number): void {
    try {
      closing(this.openPidfd(), (pidfd) => pidfdSendSignal(pidfd, signal));
    } catch (error) {
      if (!(error instanceof ProcessGoneError) && !isErrno(error, Errno.ESRCH)) throw error;
    }
  }

  /**
   * Reads a file that tells of the process.
   *
   * @param path Relative to its directory in `/proc`, as `net/dev`.
   * @returns The text.
   * @throws {ProcessGoneError} It has ended.
   */
  readText(path: string): string {
    return this.#whileThere(() => Deno.readTextFileSync(this.#path(path)));
  }

  /**
   * Writes a file by which the process is changed.
   *
   * @param path Relative to its directory in `/proc`, as `oom_score_adj`.
   * @param text What to write, at once.
   * @throws {ProcessGoneError} It has ended.
   */
  writeText(path: string, text: string): void {
    this.#whileThere(() => Deno.writeTextFileSync(this.#path(path), text, { create: false }));
  }

  /**
   * Reads where a link leads.
   *
   * @param path Relative to its directory in `/proc`, as `ns/mnt`.
   * @returns The link's text.
   * @throws {ProcessGoneError} It has ended.
   */
  readLink(path: string): string {
    return this.#whileThere(() => new TextDecoder().decode(readlinkat(this.#directory, path)));
  }

  /** Lets go of the process; what was opened through this handle stays open. */
  [Symbol.dispose](): void {
    close(this.#directory);
  }

  /** By way of our own descriptor, and so bound to the process as well. */
  #path(path: string): string {
    return `/proc/self/fd/${this.#directory}/${path}`;
  }

  /** Of a process that ends the kernel says many things: ENOENT, ESRCH, EACCES, EINVAL. */
  #whileThere<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      const isOurs = error instanceof SyscallError || isGone(error) || "code" in Object(error);
      if (isOurs && !this.isAlive) throw new ProcessGoneError(this.#identity.pid, error);
      throw error;
    }
  }
}
