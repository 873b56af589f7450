/**
 * A record of a log, read from a line of it.
 *
 * @module
 */

import { unescapeText } from "./json_text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const WORD_SIZE = 4;
const HEAD = words('{"log":"');
const HEAD_SIZE = HEAD.length * WORD_SIZE;
/** What stands between the text and the time where there are no attributes. */
const MIDDLES = {
  stdout: words('","stream":"stdout","time":"'),
  stderr: words('","stream":"stderr","time":"'),
} as const;
const MIDDLE_SIZE = MIDDLES.stdout.length * WORD_SIZE;
/** Of the middles' bytes the first that differs. */
const STREAM_BYTE = '","stream":"std'.length;
const TAIL_SIZE = '"}'.length;
/** `2026-01-02T03:04:05.123456789+00:00`. */
const LONGEST_TIME = 35;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const LETTER_N = 0x6e;
const LETTER_O = 0x6f;
const LETTER_Z = 0x5a;

/** Where the parts of a record are. */
export interface RecordPlace {
  /** Holds them. */
  block: Uint8Array;
  /** Where the output begins. */
  start: number;
  /** Where it ends. */
  end: number;
  /** Where the time begins. */
  timeStart: number;
  /** Where it ends. */
  timeEnd: number;
}

/** A piece of output, as the log has it: a line, or part of one that is very long or has no end. */
export class LogRecord {
  /** Where it came from. */
  readonly stream: "stdout" | "stderr";
  /** The log's options `labels`, `env` and `tag` name these. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly #place: RecordPlace;

  /**
   * Refers to a record.
   *
   * @param stream Where the output came from.
   * @param place Where it is.
   * @param attributes What it says besides.
   */
  constructor(
    stream: "stdout" | "stderr",
    place: RecordPlace,
    attributes?: Readonly<Record<string, string>>,
  ) {
    this.stream = stream;
    this.attributes = attributes;
    this.#place = place;
  }

  /** The output, with its newline. */
  get bytes(): Uint8Array {
    const { block, end, start } = this.#place;
    return block.subarray(start, end);
  }

  /** When it was written, as the log has it: RFC 3339 in UTC with up to nine digits of fraction. */
  get time(): string {
    const { block, timeEnd, timeStart } = this.#place;
    return decoder.decode(block.subarray(timeStart, timeEnd));
  }

  /**
   * Compares its time with a moment.
   *
   * @param moment As `comparableTime` writes it.
   * @returns Negative where the record is older, 0 where both are the same, positive where it is newer.
   */
  compareTime(moment: Uint8Array): number {
    const { block, timeEnd, timeStart } = this.#place;
    const length = timeEnd - timeStart - (block[timeEnd - 1] === LETTER_Z ? 1 : 0);
    const common = Math.min(length, moment.length);
    for (let i = 0; i < common; i++) {
      const difference = block[timeStart + i]! - moment[i]!;
      if (difference !== 0) return difference;
    }
    return length - moment.length;
  }
}

/**
 * Reads a line of a log.
 *
 * @param block Holds the line; changed where the record's text has escapes, and part of the record
 * from then on.
 * @param view Of the same bytes.
 * @param from Where the line begins.
 * @param to Where it ends, without its newline.
 * @returns The record; nothing where the line is none, as after the machine lost its power.
 */
export function readRecord(
  block: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): LogRecord | undefined {
  const timeEnd = to - TAIL_SIZE;
  const timeStart = block.lastIndexOf(QUOTE, timeEnd - 1) + 1;
  const textStart = from + HEAD_SIZE;
  const textEnd = timeStart - MIDDLE_SIZE;
  if (textEnd < textStart || block[timeEnd] !== QUOTE || timeEnd - timeStart > LONGEST_TIME) {
    return parseRecord(block.subarray(from, to));
  }
  const stream = block[textEnd + STREAM_BYTE] === LETTER_O ? "stdout" : "stderr";
  // A quote inside the text is escaped, so that nothing in there looks like this.
  if (!matches(view, textEnd, MIDDLES[stream]) || !matches(view, from, HEAD)) {
    return parseRecord(block.subarray(from, to));
  }
  const end = unescapeLine(block, textStart, textEnd);
  return new LogRecord(stream, { block, start: textStart, end, timeStart, timeEnd });
}

/** Four bytes at a time: most logs are read before this is compiled to anything quicker. */
function matches(view: DataView, at: number, expected: readonly number[]): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (view.getUint32(at + i * WORD_SIZE) !== expected[i]) return false;
  }
  return true;
}

function words(text: string): readonly number[] {
  const bytes = encoder.encode(text);
  const view = new DataView(bytes.buffer);
  return Array.from(
    { length: bytes.length / WORD_SIZE },
    (_, index) => view.getUint32(index * WORD_SIZE),
  );
}

/** Nearly all lines have no escape but that of their newline. */
function unescapeLine(block: Uint8Array, from: number, to: number): number {
  const first = block.indexOf(BACKSLASH, from);
  if (first === -1 || first >= to) return to;
  if (first === to - 2 && block[to - 1] === LETTER_N) {
    block[first] = NEWLINE;
    return first + 1;
  }
  return unescapeText(block, first, to);
}

/** Records with attributes, and what others may have written with the fields in another order. */
function parseRecord(line: Uint8Array): LogRecord | undefined {
  const record = parseJson(line);
  const { attrs, log, stream = "stdout", time } = record ?? {};
  if (typeof log !== "string" || typeof time !== "string") return undefined;
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const bytes = encoder.encode(log);
  const block = encoder.encode(log + time);
  return new LogRecord(
    stream,
    { block, start: 0, end: bytes.length, timeStart: bytes.length, timeEnd: block.length },
    typeof attrs === "object" && attrs !== null ? attrs as Record<string, string> : undefined,
  );
}

function parseJson(line: Uint8Array): Record<string, unknown> | undefined {
  try {
    // A file that lost its end with the machine's power may have zeros there.
    return JSON.parse(decoder.decode(line).replace(/^\0+/, "")) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
