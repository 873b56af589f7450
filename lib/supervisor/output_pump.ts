/**
 * Moves what a container writes to whoever listens.
 *
 * @module
 */

import type { LogEnd } from "../container/log/json_log_writer.ts";
import type { EventLoop } from "./event_loop.ts";
import type { OutputSource } from "./output_source.ts";

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
const SINK_LIMIT = 4 << 20;

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
    while (!this.#ended && this.#readSome());
    this.#close();
  }

  #resume(): void {
    if (this.#ended || this.#closed) return;
    // A terminal is also written to: what waits for that stays.
    const { writable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { readable: () => this.#turn(), ...writable && { writable } });
  }

  #turn(): void {
    // Not closed: a terminal is also resized and written to, as long as there may be someone.
    if (!this.#readSome() && this.#ended) return this.#loop.unwatch(this.#fd);
    const slow = [...this.#sinks].filter(({ pending }) => pending > SINK_LIMIT);
    if (slow.length === 0) return;
    const { writable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { ...writable && { writable } });
    Promise.all(slow.map((sink) => sink.flush())).then(() => this.#resume());
  }

  /** Reads for one turn; tells whether there may be more. */
  #readSome(): boolean {
    for (let total = 0; total < BYTES_A_TURN;) {
      const count = this.#source.read(buffer);
      if (count === 0) this.#ended = true;
      if (!count) return false;
      for (const sink of this.#sinks) sink.write(this.#stream, buffer.subarray(0, count));
      this.#source.passedOn(this.#logEnd());
      total += count;
    }
    return true;
  }

  #logEnd(): LogEnd | undefined {
    for (const { end } of this.#sinks) if (end) return end;
    return undefined;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.unwatch(this.#fd);
    this.#source.close();
  }
}
