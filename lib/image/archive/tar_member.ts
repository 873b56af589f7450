/**
 * One file's header in a tar archive: ustar, and a pax extended header for what that cannot say.
 *
 * The same file always gives the same bytes: no names of users, no times of access or change, and
 * records in the order of their keys.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 *
 * @module
 */

import type { Timestamp } from "../../../ffi/timestamps.ts";
import type { Attribute } from "../layer/attributes.ts";
import type { ByteString } from "../layer/byte_string.ts";
import { BLOCK_SIZE } from "../layer/tar_header.ts";

/** What a file is, by ustar's type flag. */
export const MemberType = {
  FILE: "0",
  HARDLINK: "1",
  SYMLINK: "2",
  CHARACTER: "3",
  BLOCK: "4",
  DIRECTORY: "5",
  FIFO: "6",
} as const;

/** A file as an archive describes it; its content comes apart. */
export interface TarMember {
  /** One of {@linkcode MemberType}. */
  type: typeof MemberType[keyof typeof MemberType];
  /** Its name in the archive; a directory's ends with a slash. */
  path: ByteString;
  /** The twelve low bits of the mode. */
  mode: number;
  /** The owning user. @default {0} */
  uid?: number;
  /** The owning group. @default {0} */
  gid?: number;
  /** How many bytes of content follow. @default {0} */
  size?: number;
  /** When the content last changed. */
  modified: Timestamp;
  /** What a link points to. */
  target?: ByteString;
  /** A device's major number. */
  deviceMajor?: number;
  /** A device's minor number. */
  deviceMinor?: number;
  /** Extended attributes, sorted by name. */
  attributes?: readonly Attribute[];
}

/** Offsets and lengths of ustar's fields. */
const Field = {
  NAME: [0, 100],
  MODE: [100, 8],
  UID: [108, 8],
  GID: [116, 8],
  SIZE: [124, 12],
  MODIFIED: [136, 12],
  CHECKSUM: [148, 8],
  TYPE: [156, 1],
  TARGET: [157, 100],
  MAGIC: [257, 8],
  DEVICE_MAJOR: [329, 8],
  DEVICE_MINOR: [337, 8],
  PREFIX: [345, 155],
} as const;
/** `ustar`, NUL, and the version. */
const MAGIC = "ustar\x0000";
/** What fields of 8 and 12 bytes hold: octal digits and a NUL. */
const MAX_SHORT = 0o7777777;
const MAX_LONG = 0o77777777777;
/** The name extended headers go by; only tars that know no pax ever show it. */
const PAX_NAME = "././@PaxHeader";

type Records = [key: string, value: ByteString][];

/**
 * Encodes a file's header.
 *
 * @param member The file.
 * @returns One or more blocks; the content follows, filled up with zeros to a whole block.
 */
export function encodeMember(member: TarMember): Uint8Array<ArrayBuffer> {
  const split = splitPath(member.path);
  const records = paxRecords(member, split !== undefined);
  const extension = records.length === 0 ? "" : encodeRecords(records);
  const extensionSize = extension === "" ? 0 : BLOCK_SIZE + wholeBlocks(extension.length);
  const bytes = new Uint8Array(extensionSize + BLOCK_SIZE);
  if (extension !== "") {
    const pax = { mode: 0o644, modified: { seconds: 0, nanoseconds: 0 }, size: extension.length };
    encodeBlock(bytes.subarray(0, BLOCK_SIZE), "x", pax, ["", PAX_NAME]);
    put(bytes, [BLOCK_SIZE, extension.length], extension);
  }
  encodeBlock(bytes.subarray(extensionSize), member.type, member, split ?? ["", member.path]);
  return bytes;
}

/**
 * Rounds a size up to whole blocks.
 *
 * @param size In bytes.
 * @returns The room it takes in an archive.
 */
export function wholeBlocks(size: number): number {
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}

function encodeBlock(
  block: Uint8Array,
  type: string,
  member: Omit<TarMember, "type" | "path">,
  [prefix, name]: [ByteString, ByteString],
): void {
  const { seconds } = member.modified;
  put(block, Field.NAME, name);
  put(block, Field.MODE, octal(member.mode, 7));
  put(block, Field.UID, octal(atMost(member.uid ?? 0, MAX_SHORT), 7));
  put(block, Field.GID, octal(atMost(member.gid ?? 0, MAX_SHORT), 7));
  put(block, Field.SIZE, octal(atMost(member.size ?? 0, MAX_LONG), 11));
  put(block, Field.MODIFIED, octal(atMost(seconds, MAX_LONG), 11));
  put(block, Field.CHECKSUM, "        ");
  put(block, Field.TYPE, type);
  put(block, Field.TARGET, member.target ?? "");
  put(block, Field.MAGIC, MAGIC);
  put(block, Field.DEVICE_MAJOR, octal(member.deviceMajor ?? 0, 7));
  put(block, Field.DEVICE_MINOR, octal(member.deviceMinor ?? 0, 7));
  put(block, Field.PREFIX, prefix);
  let sum = 0;
  for (let at = 0; at < BLOCK_SIZE; at++) sum += block[at]!;
  put(block, Field.CHECKSUM, `${octal(sum, 6)}\0 `);
}

function put(block: Uint8Array, [offset, length]: readonly [number, number], text: string): void {
  const end = Math.min(text.length, length);
  for (let at = 0; at < end; at++) block[offset + at] = text.charCodeAt(at);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** What does not fit is said by a pax record. */
function atMost(value: number, most: number): number {
  return value < 0 || value > most ? 0 : value;
}

/** Cuts a path into ustar's two fields; undefined where they cannot hold it. */
function splitPath(path: ByteString): [prefix: ByteString, name: ByteString] | undefined {
  if (!isAscii(path)) return undefined;
  const [, nameLength] = Field.NAME;
  const [, prefixLength] = Field.PREFIX;
  if (path.length <= nameLength) return ["", path];
  // The first slash after which the rest fits; the last character may be one itself.
  const slash = path.indexOf("/", path.length - nameLength - 1);
  if (slash < 1 || slash > prefixLength || slash === path.length - 1) return undefined;
  return [path.slice(0, slash), path.slice(slash + 1)];
}

function paxRecords(member: TarMember, isPathInHeader: boolean): Records {
  const { uid = 0, gid = 0, size = 0, target = "", modified } = member;
  const records: Records = [];
  for (const { name, value } of member.attributes ?? []) {
    records.push(attributeRecord(name, value));
  }
  if (gid > MAX_SHORT) records.push(["gid", String(gid)]);
  if (!isAscii(target) || target.length > Field.TARGET[1]) records.push(["linkpath", target]);
  if (modified.nanoseconds !== 0 || atMost(modified.seconds, MAX_LONG) !== modified.seconds) {
    records.push(["mtime", decimalTime(modified)]);
  }
  if (!isPathInHeader) records.push(["path", member.path]);
  if (size > MAX_LONG) records.push(["size", String(size)]);
  if (uid > MAX_SHORT) records.push(["uid", String(uid)]);
  return records;
}

/** As star, GNU tar and Go write it; a name with `=`, which ends a record's key, as libarchive does. */
function attributeRecord(name: ByteString, value: Uint8Array): [string, ByteString] {
  const bytes = Array.from(value, (byte) => String.fromCharCode(byte)).join("");
  if (!name.includes("=")) return [`SCHILY.xattr.${name}`, bytes];
  const encoded = name.replaceAll(/[=%]/g, (character) => character === "=" ? "%3D" : "%25");
  return [`LIBARCHIVE.xattr.${encoded}`, btoa(bytes)];
}

function decimalTime({ seconds, nanoseconds }: Timestamp): string {
  if (nanoseconds === 0) return String(seconds);
  // The nanoseconds count forwards: -2 and 0.75 is -1.25.
  const isNegative = seconds < 0;
  const whole = isNegative ? -seconds - 1 : seconds;
  const fraction = String(isNegative ? 1e9 - nanoseconds : nanoseconds).padStart(9, "0");
  return `${isNegative ? "-" : ""}${whole}.${fraction.replace(/0+$/, "")}`;
}

function encodeRecords(records: Records): ByteString {
  return records.map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    // The length counts its own digits.
    let length = rest.length + String(rest.length).length;
    if (String(length).length !== String(rest.length).length) {
      length = rest.length + String(length).length;
    }
    return `${length}${rest}`;
  }).join("");
}

function isAscii(text: ByteString): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
