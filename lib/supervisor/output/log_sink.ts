/**
 * A container's log, as one more taker of its output.
 *
 * @module
 */

import {
  JsonLogWriter,
  type LogEnd,
  type LogStream,
  truncateLog,
} from "../../container/log/json_log_writer.ts";
import { logPath, partialLinesPath } from "../../container/log/files.ts";
import { jsonLogOptions } from "../../container/log/options.ts";
import { type ContainerRecord, runDirectory } from "../../container/mod.ts";
import { type Roots, storageFailure } from "../../state/mod.ts";
import type { OutputSink } from "./pump.ts";
import { readPositions } from "./source.ts";
import { FrameType } from "../protocol.ts";

/** Says what went wrong where nobody can be told. */
export type Complaint = (message: string, error: unknown) => void;

/**
 * Opens the log of a container.
 *
 * @param roots The instance's.
 * @param record The container.
 * @param complain Told when the log cannot be written, once.
 * @returns What takes its output; nothing where it has no log. A log that a full, read-only or broken
 * disk keeps from being opened is opened as soon as that goes.
 * @throws {Deno.errors} The log cannot be opened.
 */
export function openLogSink(
  roots: Roots,
  record: ContainerRecord,
  complain: Complaint,
): Required<OutputSink>[] {
  if (record.settings.log.driver === "none") return [];
  const path = logPath(roots, record.id);
  const positions = readPositions(runDirectory(roots, record.id));
  const openWriter = () => {
    // A supervisor that was killed while it wrote has left in the FIFO what this takes back.
    truncateLog(path, positions);
    return JsonLogWriter.open(path, {
      ...jsonLogOptions(record),
      partialLines: partialLinesPath(roots, record.id),
    });
  };
  return [
    new LogSink(openWriter, (error) => {
      complain(`Cannot write the log of container "${record.name}"`, error);
    }),
  ];
}

// How long a log that could not be opened is left alone: opening it takes more than dropping output.
const REOPEN_MILLISECONDS = 200;

/** Writes output to a log; a disk that is full costs log lines and not the container. */
class LogSink implements Required<OutputSink> {
  readonly #openWriter: () => JsonLogWriter;
  readonly #fail: (error: unknown) => void;
  readonly #lost: Record<LogStream, number> = { stdout: 0, stderr: 0 };
  #writer: JsonLogWriter | undefined;
  #triedAt = -Infinity;
  #failed = false;
  #isClosed = false;
  readonly pending = 0;

  get end(): LogEnd {
    return this.#writer?.end ?? { inode: 0, size: 0 };
  }

  constructor(openWriter: () => JsonLogWriter, fail: (error: unknown) => void) {
    this.#openWriter = openWriter;
    this.#fail = fail;
    try {
      this.#open();
    } catch (error) {
      if (storageFailure(error) === undefined) throw error;
      this.#failed = true;
      fail(error);
    }
  }

  write(stream: number, bytes: Uint8Array): void {
    const name = stream === FrameType.STDERR ? "stderr" : "stdout";
    this.#attempt(() => {
      const writer = this.#open();
      if (writer) writer.write(name, bytes);
      else this.#lost[name] += bytes.length;
    }, () => {
      // A writer counts for itself.
      if (!this.#writer) this.#lost[name] += bytes.length;
    });
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  runEnded(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#triedAt = -Infinity;
    this.#attempt(() => {
      if (this.#writer || this.#lost.stdout + this.#lost.stderr > 0) this.#open()?.close();
    });
  }

  /** Nothing where it could not be opened a moment ago. */
  #open(): JsonLogWriter | undefined {
    if (this.#writer) return this.#writer;
    const now = performance.now();
    if (now - this.#triedAt < REOPEN_MILLISECONDS) return undefined;
    this.#triedAt = now;
    this.#writer = this.#openWriter();
    for (const stream of ["stdout", "stderr"] as const) {
      this.#writer.lost(stream, this.#lost[stream]);
      this.#lost[stream] = 0;
    }
    return this.#writer;
  }

  #attempt(action: () => void, failed: () => void = () => {}): void {
    try {
      action();
      this.#failed = this.#writer === undefined && this.#failed;
    } catch (error) {
      failed();
      if (!this.#failed) this.#fail(error);
      this.#failed = true;
    }
  }
}
