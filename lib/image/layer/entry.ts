/**
 * What an archive's entry asks for, checked before anything touches the disk.
 *
 * @module
 */

import type { Timestamp } from "../../../ffi/timestamps.ts";
import { EngineError } from "../../errors.ts";
import { type ByteString, showByteString } from "./byte_string.ts";
import { paxTime } from "./pax.ts";
import type { TarEntry } from "./tar_reader.ts";
import { type Attribute, readAttributes } from "./attributes.ts";
import type { SparseMap } from "./sparse.ts";

/** Owner, permissions, times and attributes, which every file has. */
export interface Metadata {
  /** The owning user. */
  uid: number;
  /** The owning group. */
  gid: number;
  /** The twelve low bits of the mode: permissions, set-id and sticky. */
  mode: number;
  /** When the content last changed. */
  modified: Timestamp;
  /** Extended attributes. */
  attributes: Attribute[];
}

/** An entry of a layer. Paths are relative to the layer's root; the root itself is empty. */
export type LayerEntry =
  | { kind: "file"; path: ByteString; metadata: Metadata; size: number; sparse?: SparseMap }
  | { kind: "directory"; path: ByteString; metadata: Metadata }
  | { kind: "symlink"; path: ByteString; metadata: Metadata; target: ByteString }
  | { kind: "hardlink"; path: ByteString; target: ByteString }
  | {
    kind: "device";
    path: ByteString;
    metadata: Metadata;
    type: "character" | "block";
    major: number;
    minor: number;
  }
  | { kind: "fifo"; path: ByteString; metadata: Metadata }
  /** `path` of the layers below is gone. */
  | { kind: "whiteout"; path: ByteString }
  /** Everything the layers below have in the directory `path` is gone. */
  | { kind: "opaque"; path: ByteString };

const WHITEOUT_PREFIX = ".wh.";
const OPAQUE_MARK = ".wh..wh..opq";
/** Notes of the AUFS file system to itself: `.wh..wh.plnk`, `.wh..wh.aufs`, `.wh..wh.orph`. */
const AUFS_PREFIX = ".wh..wh.";

/** NAME_MAX and PATH_MAX, less the final NUL (linux/limits.h). */
const MAX_NAME = 255;
const MAX_PATH = 4095;
/** Users and groups are 32 bits; the highest stands for "leave it" in chown(2). */
const MAX_ID = 0xfffffffe;

/**
 * Reads what an entry asks for.
 *
 * @param tar The entry, as the archive has it.
 * @returns What it asks for; undefined where it is of no interest to anyone.
 * @throws {EngineError} It is malformed or tries to leave the layer (`invalid`).
 */
export function parseEntry(tar: TarEntry): LayerEntry | undefined {
  const path = cleanPath(tar.name, tar.name);
  const names = path.split("/");
  const last = names.pop()!;
  const parent = names.join("/");
  if (names.some((name) => name.startsWith(AUFS_PREFIX))) return undefined;
  if (names.some((name) => name.startsWith(WHITEOUT_PREFIX))) {
    throw refuse(tar.name, "it is inside of a whiteout, which is no directory");
  }
  if (last === OPAQUE_MARK) return { kind: "opaque", path: parent };
  if (last.startsWith(AUFS_PREFIX)) return undefined;
  if (last.startsWith(WHITEOUT_PREFIX)) return whiteout(tar.name, parent, last);
  return parseFile(tar, path);
}

/**
 * Reads what an entry of an archive that is no layer asks for: no name in it is a whiteout.
 *
 * @param tar The entry, as the archive has it.
 * @returns What it asks for.
 * @throws {EngineError} It is malformed or tries to leave the directory (`invalid`).
 */
export function parsePlainEntry(tar: TarEntry): LayerEntry {
  return parseFile(tar, cleanPath(tar.name, tar.name));
}

/**
 * Makes the error of an entry that is refused.
 *
 * @param name The entry's name, as the archive has it.
 * @param state What is wrong with it.
 * @returns An error of kind `invalid`.
 */
export function refuse(name: ByteString, state: string): EngineError {
  return new EngineError(`Cannot unpack "${showByteString(name)}": ${state}`, { kind: "invalid" });
}

function whiteout(name: ByteString, parent: ByteString, last: ByteString): LayerEntry {
  const hidden = last.slice(WHITEOUT_PREFIX.length);
  if (hidden === "" || hidden === "." || hidden === "..") {
    throw refuse(name, "a whiteout must name a file");
  }
  return { kind: "whiteout", path: parent === "" ? hidden : `${parent}/${hidden}` };
}

function parseFile(tar: TarEntry, path: ByteString): LayerEntry {
  const type = typeOf(tar);
  if (type !== "5" && path === "") throw refuse(tar.name, "only a directory can be the root");
  switch (type) {
    case "0":
      return {
        kind: "file",
        path,
        metadata: metadata(tar),
        size: tar.size,
        ...(tar.sparse !== undefined && { sparse: tar.sparse }),
      };
    case "1":
      return { kind: "hardlink", path, target: hardlinkTarget(tar, path) };
    case "2":
      return { kind: "symlink", path, metadata: metadata(tar), target: symlinkTarget(tar) };
    case "3":
    case "4":
      return device(tar, path, type === "3" ? "character" : "block");
    case "5":
      return { kind: "directory", path, metadata: metadata(tar) };
    case "6":
      return { kind: "fifo", path, metadata: metadata(tar) };
    default:
      throw refuse(tar.name, `its type "${showByteString(type)}" is unknown`);
  }
}

function typeOf(tar: TarEntry): string {
  // "7" is a file that asks to be contiguous on the disk.
  if (tar.type === "7") return "0";
  // The oldest tars have no type for directories.
  return tar.type === "0" && tar.name.endsWith("/") ? "5" : tar.type;
}

function device(tar: TarEntry, path: ByteString, type: "character" | "block"): LayerEntry {
  const { deviceMajor: major, deviceMinor: minor } = tar;
  // The widths of the kernel's dev_t (linux/kdev_t.h).
  if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
    throw refuse(tar.name, `there can be no device ${major}:${minor}`);
  }
  return { kind: "device", path, metadata: metadata(tar), type, major, minor };
}

function hardlinkTarget(tar: TarEntry, path: ByteString): ByteString {
  const target = cleanPath(tar.linkName, tar.name);
  if (target === "" || target === path) throw refuse(tar.name, "it is a hard link to nothing else");
  return target;
}

function symlinkTarget(tar: TarEntry): ByteString {
  const target = tar.linkName;
  if (target === "" || target.includes("\0") || target.length > MAX_PATH) {
    throw refuse(tar.name, "its link's text is empty, too long or holds NUL");
  }
  // Wherever it points: links are only ever followed with the container's root as the root.
  return target;
}

function metadata(tar: TarEntry): Metadata {
  if (tar.uid < 0 || tar.uid > MAX_ID || tar.gid < 0 || tar.gid > MAX_ID) {
    throw refuse(tar.name, `there can be no owner ${tar.uid}:${tar.gid}`);
  }
  const time = tar.pax.get("mtime");
  return {
    uid: tar.uid,
    gid: tar.gid,
    mode: tar.mode & 0o7777,
    modified: time === undefined || time.length === 0
      ? { seconds: tar.modified, nanoseconds: 0 }
      : paxTime(time),
    attributes: readAttributes(tar.pax),
  };
}

/**
 * Makes a path relative to the layer's root, without `.`, `..` and empty names.
 *
 * An absolute path starts at the root, and its `..` stops there, as in any root directory.
 */
function cleanPath(path: ByteString, entry: ByteString): ByteString {
  if (path.includes("\0")) throw refuse(entry, "its name holds NUL");
  if (path === "") throw refuse(entry, "its name is empty");
  const names: ByteString[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (names.pop() === undefined && !path.startsWith("/")) {
        throw refuse(entry, `the path "${showByteString(path)}" leaves the layer`);
      }
    } else if (name.length > MAX_NAME) {
      throw refuse(entry, `a name in it is longer than ${MAX_NAME} bytes`);
    } else {
      names.push(name);
    }
  }
  const clean = names.join("/");
  if (clean.length > MAX_PATH) throw refuse(entry, `it is longer than ${MAX_PATH} bytes`);
  return clean;
}
