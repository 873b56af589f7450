/**
 * Where a container's output is read from.
 *
 * @module
 */

import {
  bytesInPipe,
  close,
  Errno,
  isErrno,
  open,
  OpenFlag,
  pipe,
  pipeCapacity,
  read,
  setPipeCapacity,
  splice,
  tee,
  writeAt,
} from "../../../ffi/mod.ts";
import type { LogEnd } from "../../container/log/json_log_writer.ts";

/** Where output is read from. */
export interface OutputSource {
  /** The descriptor that becomes readable. */
  readonly fd: number;
  /** How many bytes it holds before the container has to wait; 0 where that is not known. */
  readonly capacity: number;
  /**
   * Reads some output.
   *
   * @param buffer Where it goes.
   * @returns How many bytes, 0 at the end; `undefined` where there are none at the moment.
   */
  read(buffer: Uint8Array<ArrayBuffer>): number | undefined;
  /**
   * Told once what was read last has been passed on.
   *
   * @param end Up to where the log is complete, where there is one.
   */
  passedOn(end?: LogEnd): void;
  /** Lets go of everything. */
  close(): void;
}

/** A terminal: what is read from it is gone. */
export class TerminalSource implements OutputSource {
  /** What a terminal holds depends on what is written to it. */
  readonly capacity = 0;

  /**
   * Reads from a terminal.
   *
   * @param fd Its master side, non-blocking; the source's from now on.
   */
  constructor(readonly fd: number) {}

  /**
   * Reads some output.
   *
   * @param buffer Where it goes.
   * @returns How many bytes, 0 at the end; `undefined` where there are none at the moment.
   */
  read(buffer: Uint8Array<ArrayBuffer>): number | undefined {
    try {
      return read(this.fd, buffer);
    } catch (error) {
      // A terminal's way of saying that nobody has its other side open any more (pty(7)).
      if (isErrno(error, Errno.EIO)) return 0;
      throw error;
    }
  }

  /** Nothing is kept until then. */
  passedOn(): void {}

  /** Closes the descriptor. */
  close(): void {
    close(this.fd);
  }
}

// Five numbers: how many bytes were passed on, how many were taken out of the pipe, a sample of those
// passed on last, and the log's file and size after that.
const POSITION_WORDS = 5;
const SAMPLES = 64;

/**
 * Names the file that says how far a FIFO's output was passed on.
 *
 * @param fifo The FIFO's path.
 * @returns Its path.
 */
export function positionPath(fifo: string): string {
  return `${fifo}.position`;
}

let spare: { read: number; write: number; capacity: number; nothing: number } | undefined;

/**
 * A FIFO, of which nothing is lost when this process is killed: what is read stays in it until it has
 * been passed on, and a file beside it says how far that is.
 */
export class FifoSource implements OutputSource {
  readonly #position: number;
  readonly #words = new Float64Array(POSITION_WORDS);
  #waiting = 0;
  /** How many bytes the FIFO holds before the container has to wait. */
  readonly capacity: number;

  /**
   * Reads from a FIFO, from where a process before this one has got to.
   *
   * @param fd The FIFO, non-blocking; the source's from now on.
   * @param path The FIFO's path.
   */
  constructor(readonly fd: number, path: string) {
    this.capacity = pipeCapacity(fd);
    this.#position = open(positionPath(path), OpenFlag.RDWR | OpenFlag.CREAT, 0o600);
    read(this.#position, bytesOf(this.#words));
    this.#skipPassedOn();
  }

  /**
   * Reads some output, which stays in the FIFO.
   *
   * @param buffer Where it goes.
   * @returns How many bytes, 0 at the end; `undefined` where there are none at the moment.
   */
  read(buffer: Uint8Array<ArrayBuffer>): number | undefined {
    const count = this.#peek(buffer);
    if (!count) return count;
    this.#waiting = count;
    this.#words[0]! += count;
    this.#words[2] = sample(buffer.subarray(0, count));
    return count;
  }

  /**
   * Takes what was read last out of the FIFO.
   *
   * @param end Up to where the log is complete, where there is one.
   */
  passedOn(end: LogEnd = { inode: 0, size: 0 }): void {
    if (this.#waiting === 0) return;
    this.#words[3] = end.inode;
    this.#words[4] = end.size;
    this.#save();
    this.#take(this.#waiting);
    this.#waiting = 0;
    this.#words[1] = this.#words[0]!;
    this.#save();
  }

  /** Closes the descriptors. */
  close(): void {
    [this.fd, this.#position].forEach(close);
  }

  #peek(buffer: Uint8Array<ArrayBuffer>): number | undefined {
    const { capacity, read: from, write: to } = sparePipe();
    const count = tee(this.fd, to, Math.min(buffer.length, capacity));
    for (let at = 0; at < (count ?? 0);) at += read(from, buffer.subarray(at, count))!;
    return count;
  }

  #take(count: number): void {
    const { nothing } = sparePipe();
    for (let left = count; left > 0;) left -= splice(this.fd, nothing, left) ?? 0;
  }

  #save(): void {
    writeAt(this.#position, bytesOf(this.#words), 0);
  }

  /** Takes out what a process passed on that was killed before it could do so itself. */
  #skipPassedOn(): void {
    const [passedOn = 0, taken = 0, ofLast] = this.#words;
    const count = passedOn - taken;
    this.#words[1] = passedOn;
    // Fewer bytes, or others: it was killed just after it had done so.
    if (count <= 0 || bytesInPipe(this.fd) < count) return;
    const buffer = new Uint8Array(count);
    if (this.#peek(buffer) === count && sample(buffer) === ofLast) this.#take(count);
  }
}

/**
 * Tells up to where a container's log was complete when its output was passed on last.
 *
 * @param folder The container's folder of run-time files.
 * @returns A place for each stream that anything was passed on of.
 */
export function readPositions(folder: string): LogEnd[] {
  return ["stdout", "stderr"].flatMap((name) => {
    try {
      const bytes = Deno.readFileSync(positionPath(`${folder}/${name}`));
      const [, , , inode = 0, size = 0] = new Float64Array(bytes.buffer);
      return inode === 0 ? [] : [{ inode, size }];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  });
}

/** One for all FIFOs, as it is empty again at the end of each read. */
function sparePipe(): NonNullable<typeof spare> {
  if (spare) return spare;
  const ends = pipe();
  const large = 128 << 10;
  const capacity = setPipeCapacity(ends.write, large) ? large : 64 << 10;
  return spare = { ...ends, capacity, nothing: open("/dev/null", OpenFlag.WRONLY) };
}

function bytesOf(words: Float64Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(words.buffer);
}

/** Tells one piece of output from another, well enough for pieces of the same length. */
function sample(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  const step = Math.max(1, Math.floor(bytes.length / SAMPLES));
  for (let at = 0; at < bytes.length; at += step) {
    value = Math.imul(value ^ bytes[at]!, 0x01000193) >>> 0;
  }
  return value;
}
