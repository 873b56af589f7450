/**
 * Moves what a container writes to whoever listens.
 *
 * @module
 */

import type { LogEnd } from "../../container/log/json_log_writer.ts";
import type { EventLoop } from "../watch/event_loop.ts";
import type { OutputSource } from "./source.ts";

/** Someone who takes a container's output. */
export interface OutputSink {
  /**
   * Takes some output.
   *
   * @param stream Where it came from, `STDOUT` or `STDERR` of `FrameType`.
   * @param bytes The output; the buffer is reused after the call.
   */
  write(stream: number, bytes: Uint8Array): void;
  /** How many bytes it has taken and not passed on yet. */
  readonly pending: number;
  /** Waits until it has passed them on. */
  flush(): Promise<void>;
  /** Up to where what it has taken is kept for good, for one that keeps it. */
  readonly end?: LogEnd;
  /** Told that nothing more comes of this run, by those who want to know. */
  runEnded?(): void;
}

const READ_SIZE = 128 << 10;
// How much is read in one go, so that a container that floods its output leaves others their turn.
const BYTES_A_TURN = 1 << 20;
// How far a sink may lag behind before the container is made to wait, as in a shell's pipe.
const SINK_LIMIT = 1 << 20;

// A turn costs as much as some 50 KB of output. So a container that goes on writing, which is one of
// which so much was read in one turn, is left alone for a moment if that was not worth the turn; but
// only where its pipe is so large that it can write on meanwhile, at up to 500 MB/s.
const STEADY_BYTES = 4 << 10;
const WORTHWHILE_BYTES = 256 << 10;
const GATHER_MILLISECONDS = 2;
const GATHER_CAPACITY = 1 << 20;

// Shared by all pumps: reads are synchronous.
const buffer = new Uint8Array(READ_SIZE);

/** Reads one stream of one container. */
export class OutputPump {
  readonly #loop: EventLoop;
  readonly #source: OutputSource;
  readonly #fd: number;
  readonly #stream: number;
  readonly #sinks: ReadonlySet<OutputSink>;
  #ended = false;
  #closed = false;
  #gathering: ReturnType<typeof setTimeout> | undefined;

  /**
   * Starts to read.
   *
   * @param loop Tells when there is something to read.
   * @param source Where the output is read from; the pump's from now on.
   * @param stream `STDOUT` or `STDERR` of `FrameType`.
   * @param sinks Who takes the output; may change at any time.
   */
  constructor(
    loop: EventLoop,
    source: OutputSource,
    stream: number,
    sinks: ReadonlySet<OutputSink>,
  ) {
    this.#loop = loop;
    this.#source = source;
    this.#fd = source.fd;
    this.#stream = stream;
    this.#sinks = sinks;
    this.#resume();
  }

  /**
   * Reads what is left after the container's last process has ended, and closes the descriptor. It is
   * at most what a pipe holds, so no sink is waited for.
   */
  finish(): void {
    while (!this.#ended && this.#readOnce() > 0);
    this.#close();
  }

  #resume(): void {
    if (this.#ended || this.#closed) return;
    // A terminal is also written to: what waits for that stays.
    const { writable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { readable: () => this.#turn(), ...writable && { writable } });
  }

  #turn(): void {
    const count = this.#readSome();
    // Not closed: a terminal is also resized and written to, as long as there may be someone.
    if (this.#ended) return this.#loop.unwatch(this.#fd);
    const slow = [...this.#sinks].filter(({ pending }) => pending > SINK_LIMIT);
    if (slow.length > 0) {
      this.#pause();
      Promise.all(slow.map((sink) => sink.flush())).then(() => this.#resume());
    } else if (this.#gathers(count)) {
      this.#pause();
      this.#gathering = setTimeout(() => this.#resume(), GATHER_MILLISECONDS);
    }
  }

  /** Tells whether more should come together before the next turn, after one that read so much. */
  #gathers(count: number): boolean {
    return count >= STEADY_BYTES && count < WORTHWHILE_BYTES &&
      this.#source.capacity >= GATHER_CAPACITY;
  }

  #pause(): void {
    const { writable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { ...writable && { writable } });
  }

  /** Reads for one turn, until there is hardly anything left; tells how many bytes. */
  #readSome(): number {
    let total = 0;
    for (let count = READ_SIZE; count === READ_SIZE && total < BYTES_A_TURN; total += count) {
      count = this.#readOnce();
    }
    return total;
  }

  #readOnce(): number {
    const count = this.#source.read(buffer);
    if (count === 0) this.#ended = true;
    if (!count) return 0;
    for (const sink of this.#sinks) sink.write(this.#stream, buffer.subarray(0, count));
    this.#source.passedOn(this.#logEnd());
    return count;
  }

  #logEnd(): LogEnd | undefined {
    for (const { end } of this.#sinks) if (end) return end;
    return undefined;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#gathering);
    this.#loop.unwatch(this.#fd);
    this.#source.close();
  }
}
