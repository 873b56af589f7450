/**
 * One block of a tar archive that describes a file: v7, ustar, GNU and star.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { type ByteString, toByteString } from "./byte_string.ts";

/** Everything in a tar archive comes in blocks of this many bytes. */
export const BLOCK_SIZE = 512;

/** What a header block says, before extended headers change it. */
export interface TarHeader {
  /** The type flag, one character: `0` a file, `5` a directory, ... */
  type: string;
  /** The file's name. */
  name: ByteString;
  /** What a link points to. */
  linkName: ByteString;
  /** The mode's bits. */
  mode: number;
  /** The owning user. */
  uid: number;
  /** The owning group. */
  gid: number;
  /** How many bytes of content follow. */
  size: number;
  /** When the content last changed, in seconds since 1970. */
  modified: number;
  /** A device's major number. */
  deviceMajor: number;
  /** A device's minor number. */
  deviceMinor: number;
}

/** Fields of the block: offset and length in bytes. */
const Field = {
  NAME: [0, 100],
  MODE: [100, 8],
  UID: [108, 8],
  GID: [116, 8],
  SIZE: [124, 12],
  MODIFIED: [136, 12],
  CHECKSUM: [148, 8],
  TYPE: [156, 1],
  LINK_NAME: [157, 100],
  MAGIC: [257, 6],
  DEVICE_MAJOR: [329, 8],
  DEVICE_MINOR: [337, 8],
  PREFIX: [345, 155],
  /** star keeps times after a shorter prefix, and says so at the block's end. */
  STAR_PREFIX: [345, 131],
  STAR_MAGIC: [508, 4],
} as const;

/** Where a field is in a block: offset and length in bytes. */
export type FieldPlace = readonly [offset: number, length: number];

/**
 * Tells whether a block is all zeros, as those that end an archive are.
 *
 * @param block 512 bytes.
 * @returns Whether it is.
 */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/**
 * Reads a header block.
 *
 * @param block 512 bytes.
 * @returns What it says.
 * @throws {EngineError} It is no header (`invalid`).
 */
export function decodeTarHeader(block: Uint8Array): TarHeader {
  verifyChecksum(block);
  const magic = text(block, Field.MAGIC);
  const hasDevices = magic.startsWith("ustar");
  return {
    type: text(block, Field.TYPE) || "0",
    name: name(block, magic),
    linkName: text(block, Field.LINK_NAME),
    mode: decodeTarNumber(block, Field.MODE),
    uid: decodeTarNumber(block, Field.UID),
    gid: decodeTarNumber(block, Field.GID),
    size: decodeTarNumber(block, Field.SIZE),
    modified: decodeTarNumber(block, Field.MODIFIED),
    deviceMajor: hasDevices ? decodeTarNumber(block, Field.DEVICE_MAJOR) : 0,
    deviceMinor: hasDevices ? decodeTarNumber(block, Field.DEVICE_MINOR) : 0,
  };
}

function name(block: Uint8Array, magic: string): ByteString {
  const last = text(block, Field.NAME);
  // GNU ("ustar" and two spaces) keeps other things where ustar has the name's first part.
  if (magic !== "ustar") return last;
  const star = toByteString(slice(block, Field.STAR_MAGIC)) === "tar\0";
  const first = text(block, star ? Field.STAR_PREFIX : Field.PREFIX);
  return first === "" ? last : `${first}/${last}`;
}

function slice(block: Uint8Array, [offset, length]: FieldPlace): Uint8Array {
  return block.subarray(offset, offset + length);
}

function text(block: Uint8Array, place: FieldPlace): ByteString {
  const bytes = slice(block, place);
  const end = bytes.indexOf(0);
  return toByteString(end === -1 ? bytes : bytes.subarray(0, end));
}

/**
 * Reads a number: octal digits, or binary where its top bit says so.
 *
 * @param block The block it is in.
 * @param place Its offset and length in bytes.
 * @returns The number.
 * @throws {EngineError} It is none (`invalid`).
 */
export function decodeTarNumber(block: Uint8Array, place: FieldPlace): number {
  const bytes = slice(block, place);
  // The top bit marks GNU's binary numbers, for what octal digits cannot hold.
  if (bytes[0]! & 0x80) return binaryNumber(bytes);
  const digits = toByteString(bytes).replaceAll("\0", " ").trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw notHeader(`a number reads "${digits}"`);
  return parseInt(digits, 8);
}

/** Reads a big-endian two's complement number; the top bit is the mark, the next one the sign. */
function binaryNumber(bytes: Uint8Array): number {
  const negative = (bytes[0]! & 0x40) !== 0;
  let value = negative ? bytes[0]! - 0x100 : bytes[0]! & 0x7f;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw notHeader("a number is out of range");
  return value;
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function verifyChecksum(block: Uint8Array): void {
  const [offset, length] = Field.CHECKSUM;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < BLOCK_SIZE; at++) {
    const byte = at >= offset && at < offset + length ? 0x20 : block[at]!;
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const stated = decodeTarNumber(block, Field.CHECKSUM);
  // Some old tars added the bytes up as signed ones.
  if (stated !== unsigned && stated !== signed) throw notHeader("its checksum is wrong");
}

function notHeader(state: string): EngineError {
  return new EngineError(
    `Cannot read the tar archive: where a file's header should be, ${state}; it is corrupt or no tar`,
    { kind: "invalid" },
  );
}
