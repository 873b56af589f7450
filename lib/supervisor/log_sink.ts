/**
 * A container's log, as one more taker of its output.
 *
 * @module
 */

import { JsonLogWriter, type LogEnd, truncateLog } from "../container/log/json_log_writer.ts";
import { logPath, partialLinesPath } from "../container/log/log_files.ts";
import { jsonLogOptions } from "../container/log/log_options.ts";
import { type ContainerRecord, runDirectory } from "../container/mod.ts";
import type { Roots } from "../state/mod.ts";
import type { OutputSink } from "./output_pump.ts";
import { readPositions } from "./output_source.ts";
import { FrameType } from "./protocol.ts";

/** Says what went wrong where nobody can be told. */
export type Complaint = (message: string, error: unknown) => void;

/**
 * Opens the log of a container.
 *
 * @param roots The instance's.
 * @param record The container.
 * @param complain Told when the log cannot be written, once.
 * @returns What takes its output; nothing where it has no log.
 * @throws {Deno.errors} The log cannot be opened.
 */
export function openLogSink(
  roots: Roots,
  record: ContainerRecord,
  complain: Complaint,
): Required<OutputSink>[] {
  if (record.settings.log.driver === "none") return [];
  const path = logPath(roots, record.id);
  // A supervisor that was killed while it wrote has left in the FIFO what this takes back.
  truncateLog(path, readPositions(runDirectory(roots, record.id)));
  const writer = JsonLogWriter.open(path, {
    ...jsonLogOptions(record),
    partialLines: partialLinesPath(roots, record.id),
  });
  return [
    new LogSink(writer, (error) => {
      complain(`Cannot write the log of container "${record.name}"`, error);
    }),
  ];
}

/** Writes output to a log; a disk that is full costs log lines and not the container. */
class LogSink implements Required<OutputSink> {
  readonly #writer: JsonLogWriter;
  readonly #fail: (error: unknown) => void;
  #failed = false;
  readonly pending = 0;

  get end(): LogEnd {
    return this.#writer.end;
  }

  constructor(writer: JsonLogWriter, fail: (error: unknown) => void) {
    this.#writer = writer;
    this.#fail = fail;
  }

  write(stream: number, bytes: Uint8Array): void {
    this.#attempt(() => {
      this.#writer.write(stream === FrameType.STDERR ? "stderr" : "stdout", bytes);
    });
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  runEnded(): void {
    this.#attempt(() => this.#writer.close());
  }

  #attempt(action: () => void): void {
    try {
      action();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#fail(error);
      this.#failed = true;
    }
  }
}
