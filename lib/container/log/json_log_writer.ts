/**
 * Writing a log in the format of Docker's json-file driver.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { cutBefore, escapeText, LONGEST_ESCAPE } from "./json_text.ts";
import { CHUNK_SIZE, LineRecords, LONGEST_TEXT, RECORD_HEAD } from "./line_records.ts";
import { rotateFiles } from "./files.ts";
import { formatLogTime, preciseNow } from "./time.ts";
import { type PartialLine, PartialLineStore } from "./partial_line_store.ts";
import { lastLineEnd } from "./line_search.ts";

/** Where output came from. */
export type LogStream = "stdout" | "stderr";

/** How a log is written. */
export interface JsonLogOptions {
  /** How many bytes a file holds at most, but for its last record; absent, any number. */
  maxSize?: number | undefined;
  /**
   * How many files there are at most, where there is a largest size.
   *
   * @default 1
   */
  maxFiles?: number | undefined;
  /** What each record says besides, for `docker logs --details`. */
  attributes?: Readonly<Record<string, string>> | undefined;
  /**
   * A file that keeps incomplete lines, so that who opens the log after this process was killed goes
   * on with them; absent, they are lost then.
   */
  partialLines?: string | undefined;
}

const encoder = new TextEncoder();
const NEWLINE = 0x0a;
const FILE_MODE = 0o640;
const NONE = new Uint8Array();

let shared: LineRecords | undefined;

/** One for all logs, as writing is synchronous. */
function lineRecords(): LineRecords {
  return shared ??= new LineRecords();
}

/** What is known of one stream. */
interface StreamState extends PartialLine {
  stream: LogStream;
  /** How many bytes of output could not be written and nobody has been told of yet. */
  missing: number;
  /** The time of the incomplete line whose first records are in the file, where there is one. */
  writtenTime: string | undefined;
  /** What ends a record, for the time it was made for. */
  tail: Uint8Array;
  tailTime: string;
}

/** A place in a log. */
export interface LogEnd {
  /** Of the file, which another one takes the place of when the log is rotated. */
  inode: number;
  /** In bytes from the file's beginning. */
  size: number;
}

/**
 * Takes back what was written after a place, by a process that was killed while it wrote on.
 *
 * @param path The log.
 * @param ends Places up to which it is known to be complete; those of another file do not count.
 */
export function truncateLog(path: string, ends: readonly LogEnd[]): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const known = ends.filter(({ inode }) => inode === info.ino).map(({ size }) => size);
  if (known.length === 0) return;
  const end = Math.max(...known);
  if (end < info.size) Deno.truncateSync(path, end);
}

/** A log that is written to. */
export class JsonLogWriter {
  readonly #path: string;
  readonly #maxSize: number;
  readonly #maxFiles: number;
  /** `,"attrs":{...}`, or nothing. */
  readonly #attributes: string;
  readonly #partialLines: PartialLineStore | undefined;
  readonly #streams: Record<LogStream, StreamState>;
  #file: Deno.FsFile;
  #size: number;
  #inode: number;
  /** Bytes of the shared output that wait to be written. */
  #waiting = 0;
  /** Bytes of the current output that records were made of, and those of which they were written. */
  #recorded = 0;
  #written = 0;
  /** Whose output it is. */
  #writing: StreamState | undefined;
  /** Whether what waits says how much is missing. */
  #notes = false;
  /** Whether the file is another one than the log, as the log could not be opened after a rotation. */
  #isRotatedAway = false;

  private constructor(path: string, options: JsonLogOptions) {
    const { attributes = {}, maxFiles = 1, maxSize = Infinity, partialLines } = options;
    this.#path = path;
    this.#maxSize = maxSize;
    this.#maxFiles = maxFiles;
    this.#attributes = attributesText(attributes);
    ({ file: this.#file, inode: this.#inode, size: this.#size } = openForAppending(path));
    this.#partialLines = partialLines === undefined
      ? undefined
      : new PartialLineStore(partialLines);
    const saved = this.#partialLines?.restore(this.#size);
    const state = (stream: LogStream): StreamState => ({
      ...saved?.[stream] ?? { text: NONE },
      missing: saved?.[stream].missing ?? 0,
      writtenTime: saved?.[stream].time,
      stream,
      tail: NONE,
      tailTime: "",
    });
    this.#streams = { stdout: state("stdout"), stderr: state("stderr") };
  }

  /**
   * Opens a log; what it holds already stays, but for a last record that was not written completely.
   *
   * @param path The file.
   * @param options How it is written.
   * @returns The log.
   * @throws {EngineError} `system`: the file cannot be used.
   */
  static open(path: string, options: JsonLogOptions = {}): JsonLogWriter {
    try {
      return new JsonLogWriter(path, options);
    } catch (error) {
      throw new EngineError(`Cannot open log "${path}"`, { kind: "system", cause: error });
    }
  }

  /** Up to where the log is complete, while no write is going on. */
  get end(): LogEnd {
    return { inode: this.#inode, size: this.#size };
  }

  /**
   * Writes output: complete lines to the file at once; what follows the last newline is kept until
   * the rest of its line comes.
   *
   * @param stream Where it came from.
   * @param bytes The output; the buffer may be reused after the call.
   * @param time When, in milliseconds since the epoch; by default now.
   * @throws {EngineError} `system`: the disk is full, say. This output is lost, the log can be
   * written to again, and says then how many bytes are missing.
   */
  write(stream: LogStream, bytes: Uint8Array, time: number = preciseNow()): void {
    const state = this.#streams[stream];
    const stamp = formatLogTime(time);
    const { length: before } = state.text;
    this.#begin(state);
    try {
      if (state.missing > 0 && makesRecords(state, bytes)) this.#noteMissing(state, stamp);
      for (let at = 0; at < bytes.length; at += CHUNK_SIZE) {
        this.#add(state, bytes.subarray(at, at + CHUNK_SIZE), stamp);
      }
      this.#writeOut();
    } catch (error) {
      state.missing += before + bytes.length - this.#written;
      state.text = NONE;
      state.time = state.writtenTime;
      try {
        this.#abandon(error);
      } finally {
        this.#savePartial(state);
      }
    }
    this.#savePartial(state);
  }

  /**
   * Counts output that was lost because the log could not be opened.
   *
   * @param stream Where it came from.
   * @param bytes How many bytes.
   */
  lost(stream: LogStream, bytes: number): void {
    this.#streams[stream].missing += bytes;
  }

  #savePartial(state: StreamState): void {
    this.#partialLines?.save(state.stream, state, this.#size);
  }

  /** Says in the log, on a line of its own, how much of its stream is missing there. */
  #noteMissing(state: StreamState, stamp: string): void {
    if (this.#isRotatedAway) this.#reopen();
    const { missing } = state;
    // What came before may have been the beginning of a line.
    const start = state.time ? "\n" : "";
    const text = encoder.encode(
      `${start}[tsd: ${missing} bytes of output are missing here: they could not be written]`,
    );
    this.#addRecord(state, text, 0, text.length, stamp, 0);
    // With what follows, or not at all: else a disk with room for no more than that gets it each time.
    this.#notes = true;
    state.time = undefined;
  }

  #begin(state: StreamState): void {
    this.#writing = state;
    this.#notes = false;
    this.#recorded = 0;
    this.#written = 0;
  }

  /**
   * Writes lines that have no newline yet as they are.
   *
   * @throws {EngineError} `system`: the disk is full, say.
   */
  flush(): void {
    try {
      for (const state of Object.values(this.#streams)) {
        this.#begin(state);
        if (state.missing > 0) this.#noteMissing(state, formatLogTime(preciseNow()));
        const { text } = state;
        state.text = NONE;
        if (text.length > 0) {
          const time = state.time ?? formatLogTime(preciseNow());
          this.#addRecord(state, text, 0, text.length, time, 2);
          state.time = undefined;
        }
        this.#writeOut();
      }
    } catch (error) {
      this.#abandon(error);
    }
  }

  /**
   * Flushes and closes the log.
   *
   * @throws {EngineError} `system`: the disk is full, say; it is closed all the same.
   */
  close(): void {
    try {
      this.flush();
    } finally {
      this.#file.close();
      this.#partialLines?.close();
    }
  }

  #add(state: StreamState, bytes: Uint8Array, stamp: string): void {
    const data = lineRecords().load(state.text, bytes);
    let at = 0;
    while (at < data.length) {
      if (!state.time) at = this.#addLines(state, at, data.length, stamp);
      // The first line of what is left goes the long way.
      const newline = data.indexOf(NEWLINE, at);
      const end = newline === -1 ? data.length : newline;
      // All records of one line have the time of its first, as in Docker.
      const time = state.time ?? stamp;
      if (end - at >= LONGEST_TEXT) {
        // Unlike Docker, which cuts characters in two and so loses them.
        const cut = cutBefore(data, at + LONGEST_TEXT);
        this.#addRecord(state, data, at, cut, time, 2);
        this.#recorded += cut - at;
        state.time = time;
        at = cut;
      } else if (newline !== -1) {
        this.#addRecord(state, data, at, newline, time, 0);
        this.#recorded += newline + 1 - at;
        state.time = undefined;
        at = newline + 1;
      } else break;
    }
    state.text = at === data.length ? NONE : data.slice(at);
  }

  /** Puts lines into the output that need nothing but escapes; gives the beginning of the next. */
  #addLines(state: StreamState, from: number, to: number, time: string): number {
    const records = lineRecords();
    if (state.tailTime !== time) this.#setTime(state, time);
    if (this.#waiting >= records.full) this.#writeOut();
    const enough = Math.min(records.full, Math.max(0, this.#maxSize - this.#size));
    const added = records.add(from, to, state.tail, this.#waiting, enough);
    this.#waiting = added.at;
    this.#recorded += added.from - from;
    return added.from;
  }

  /** Puts one record into the output; `skip` is 2 to leave out the `\n` the tail begins with. */
  #addRecord(
    state: StreamState,
    bytes: Uint8Array,
    from: number,
    to: number,
    time: string,
    skip: number,
  ): void {
    if (state.tailTime !== time) this.#setTime(state, time);
    const { output } = lineRecords();
    const tail = skip === 0 ? state.tail : state.tail.subarray(skip);
    const most = RECORD_HEAD.length + (to - from) * LONGEST_ESCAPE + tail.length;
    // Where the log could not be opened after a rotation, there is nothing to rotate.
    if (this.#isRotatedAway) this.#reopen();
    if (this.#size + this.#waiting >= this.#maxSize) this.#rotate();
    if (this.#waiting + most > output.length) this.#writeOut();
    output.set(RECORD_HEAD, this.#waiting);
    const end = escapeText(bytes, from, to, output, this.#waiting + RECORD_HEAD.length);
    output.set(tail, end);
    this.#waiting = end + tail.length;
  }

  #setTime(state: StreamState, time: string): void {
    const { stream } = state;
    state.tail = encoder.encode(
      `\\n","stream":"${stream}"${this.#attributes},"time":"${time}"}\n`,
    );
    state.tailTime = time;
  }

  #writeOut(): void {
    const { output } = lineRecords();
    let at = 0;
    while (at < this.#waiting) at += this.#file.writeSync(output.subarray(at, this.#waiting));
    this.#size += this.#waiting;
    this.#waiting = 0;
    this.#written = this.#recorded;
    if (!this.#writing) return;
    this.#writing.writtenTime = this.#writing.time;
    if (this.#notes) this.#writing.missing = 0;
    this.#notes = false;
  }

  #rotate(): void {
    this.#writeOut();
    rotateFiles(this.#path, this.#maxFiles);
    this.#isRotatedAway = true;
    this.#reopen();
  }

  #reopen(): void {
    const { file, inode, size } = openForAppending(this.#path);
    this.#file.close();
    this.#file = file;
    this.#inode = inode;
    this.#size = size;
    this.#isRotatedAway = false;
  }

  /** Drops what waits, and the part of it that was written: others must find whole records only. */
  #abandon(cause: unknown): never {
    this.#waiting = 0;
    let reason = cause;
    try {
      this.#file.truncateSync(this.#size);
    } catch (error) {
      reason = new SuppressedError(error, cause);
    }
    throw new EngineError(`Cannot write log "${this.#path}"`, { kind: "system", cause: reason });
  }
}

/** Tells whether output ends a line, or makes one too long to be kept whole. */
function makesRecords({ text }: StreamState, bytes: Uint8Array): boolean {
  return bytes.includes(NEWLINE) || text.length + bytes.length >= LONGEST_TEXT;
}

function attributesText(attributes: Readonly<Record<string, string>>): string {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return "";
  const sorted = Object.fromEntries(names.map((name) => [name, attributes[name]!]));
  // JSON allows what Go's encoder escapes.
  const text = JSON.stringify(sorted).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `,"attrs":${text}`;
}

function openForAppending(path: string): { file: Deno.FsFile; inode: number; size: number } {
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: FILE_MODE });
  try {
    const { ino, size: found } = file.statSync();
    let size = found;
    const end = lastLineEnd(file, size);
    if (end < size) {
      // Who wrote it was killed half-way, or the machine was.
      file.truncateSync(end);
      size = end;
    }
    return { file, inode: ino ?? 0, size };
  } catch (error) {
    file.close();
    throw error;
  }
}
