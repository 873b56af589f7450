/**
 * Maps of sparse files, in the forms GNU tar has had for them.
 *
 * @see https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { toByteString } from "./byte_string.ts";
import { paxInteger, type PaxRecords } from "./pax.ts";
import { decodeTarNumber } from "./tar_header.ts";

/** A range of a file that has content. */
export interface DataRange {
  /** Where it begins, in bytes. */
  offset: number;
  /** How long it is, in bytes. */
  length: number;
}

/** Which parts of a file the archive has; the rest are zeros. */
export interface SparseMap {
  /** The file's size, holes included. */
  size: number;
  /** The parts, in the order their content is stored. */
  ranges: DataRange[];
}

/** In the old format: how many ranges the header has, and how many each block that continues it. */
const OldFormat = {
  HEADER_RANGES: 386,
  HEADER_COUNT: 4,
  HEADER_CONTINUED: 482,
  HEADER_SIZE: 483,
  BLOCK_COUNT: 21,
  BLOCK_CONTINUED: 504,
  NUMBER: 12,
} as const;
/** As many ranges as a map may have, so that it fits in memory: those of a map of about 1 MiB. */
const MAX_RANGES = 50_000;

/** Bytes of a stream, in turn. */
interface ByteReader {
  /** Reads the archive's next block, outside of any content. */
  block(): Promise<Uint8Array>;
  /** Reads the content up to the next newline. */
  line(): Promise<Uint8Array>;
  /** Passes over the content up to the next whole block. */
  align(): Promise<void>;
}

/**
 * Reads the map of a file stored in GNU tar's old format (type `S`).
 *
 * @param header The file's header block.
 * @param reader Reads the blocks that continue it.
 * @returns The map.
 * @throws {EngineError} It is malformed (`invalid`).
 */
export async function readOldMap(header: Uint8Array, reader: ByteReader): Promise<SparseMap> {
  const ranges = oldRanges(header, OldFormat.HEADER_RANGES, OldFormat.HEADER_COUNT);
  for (let more = header[OldFormat.HEADER_CONTINUED] !== 0; more;) {
    const block = await reader.block();
    ranges.push(...oldRanges(block, 0, OldFormat.BLOCK_COUNT));
    more = block[OldFormat.BLOCK_CONTINUED] !== 0;
    if (ranges.length > MAX_RANGES) throw malformed();
  }
  return { size: decodeTarNumber(header, [OldFormat.HEADER_SIZE, OldFormat.NUMBER]), ranges };
}

/**
 * Reads the map of a file stored with pax records, where it is one.
 *
 * @param pax The file's records.
 * @param reader Reads the map from where the content begins (format 1.0).
 * @returns The map; undefined where the file is stored whole.
 * @throws {EngineError} It is malformed, or of format 0.0 (`invalid`).
 */
export async function readPaxMap(
  pax: PaxRecords,
  reader: ByteReader,
): Promise<SparseMap | undefined> {
  const size = pax.get("GNU.sparse.realsize") ?? pax.get("GNU.sparse.size");
  if (size === undefined) return undefined;
  if (pax.has("GNU.sparse.major")) {
    return { size: paxInteger(size), ranges: await leadingRanges(reader) };
  }
  const map = pax.get("GNU.sparse.map");
  // Format 0.0 repeats one key for each range; tar wrote it for a few months of 2004.
  if (map === undefined) throw malformed();
  const numbers = toByteString(map).split(",").filter((text) => text !== "").map(wholeNumber);
  return { size: paxInteger(size), ranges: pairs(numbers) };
}

/**
 * Checks a map against how much content there is.
 *
 * @param map The map.
 * @param stored The bytes stored.
 * @throws {EngineError} Ranges overlap or lie outside of the file, or their sum is another
 * (`invalid`).
 */
export function checkMap(map: SparseMap, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of map.ranges) {
    if (length < 0 || offset < end || !Number.isSafeInteger(offset + length)) throw malformed();
    end = offset + length;
    sum += length;
  }
  if (end > map.size || sum !== stored) throw malformed();
}

function oldRanges(block: Uint8Array, at: number, count: number): DataRange[] {
  const numbers = Array.from(
    { length: count * 2 },
    (_, index) => decodeTarNumber(block, [at + index * OldFormat.NUMBER, OldFormat.NUMBER]),
  );
  // Unused places are zeros; an empty range at the end only tells the file's size.
  return pairs(numbers).filter(({ length }) => length !== 0);
}

/** Format 1.0: the count, then each offset and length, a line each, before the content. */
async function leadingRanges(reader: ByteReader): Promise<DataRange[]> {
  const count = wholeNumber(toByteString(await reader.line()));
  if (count > MAX_RANGES) throw malformed();
  const numbers: number[] = [];
  while (numbers.length < count * 2) numbers.push(wholeNumber(toByteString(await reader.line())));
  await reader.align();
  return pairs(numbers);
}

function pairs(numbers: readonly number[]): DataRange[] {
  if (numbers.length % 2 !== 0) throw malformed();
  const ranges: DataRange[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    ranges.push({ offset: numbers[at]!, length: numbers[at + 1]! });
  }
  return ranges;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) throw malformed();
  return number;
}

function malformed(): EngineError {
  return new EngineError("Cannot read the tar archive: the map of a sparse file is malformed", {
    kind: "invalid",
  });
}
