/**
 * Going through a directory with everything in it, while somebody may be changing it.
 *
 * Each file is taken hold of by an `O_PATH` descriptor and only then looked at, and what is opened for
 * reading is that same file: no name is resolved twice, no symbolic link is followed, and no device
 * or FIFO that takes a file's place is ever opened.
 *
 * @module
 */

import { FileType } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../../ffi/error.ts";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { getdents64 } from "../../../ffi/getdents.ts";
import { type ExtendedAttribute, readAllXattrs } from "../../../ffi/listxattr.ts";
import { openat } from "../../../ffi/openat.ts";
import { type FileStatus, statx } from "../../../ffi/statx.ts";
import { EngineError } from "../../errors.ts";
import { type ByteString, showByteString, toByteString, toCString } from "../layer/byte_string.ts";

/** A file in a tree. */
export class TreeNode {
  /** Its path below the top; empty for the top itself. */
  readonly path: ByteString;
  /** An `O_PATH` descriptor of it, open until the next node is asked for. */
  readonly handle: number;
  /** What the kernel knows of it. */
  readonly status: FileStatus;
  #attributes: ExtendedAttribute[] | undefined;

  /**
   * Looks at a file.
   *
   * @param path Its path below the top.
   * @param handle An `O_PATH` descriptor of it.
   * @throws {SyscallError} The kernel refused.
   */
  constructor(path: ByteString, handle: number) {
    this.path = path;
    this.handle = handle;
    this.status = statx(handle);
  }

  /** Its extended attributes, sorted by name; to be read while the handle is open. */
  get attributes(): readonly ExtendedAttribute[] {
    return this.#attributes ??= readAllXattrs(this.handle);
  }
}

/** PATH_MAX less the final NUL: what is deeper no program could unpack (linux/limits.h). */
const MAX_PATH = 4095;

const OPAQUE_ATTRIBUTE = "trusted.overlay.opaque";

/** A directory whose names are being gone through. */
interface Level {
  fd: number;
  path: ByteString;
  names: ByteString[];
  next: number;
}

/**
 * Goes through a tree: a directory comes before what is in it, names in the order of their bytes.
 *
 * @param top A descriptor of the top, `O_PATH` or other; it stays open.
 * @param skips Whether a node, and everything in it, is to be left out.
 * @returns The nodes; what is removed meanwhile is left out.
 * @throws {EngineError} `invalid`: directories are nested deeper than a path can say.
 * @throws {SyscallError} The kernel refused.
 */
export function* walkTree(
  top: number,
  skips: (path: ByteString, status: FileStatus) => boolean = () => false,
): Generator<TreeNode, void> {
  const node = new TreeNode("", top);
  yield node;
  if (!isDirectory(node.status)) return;
  const levels: Level[] = [];
  try {
    levels.push(openLevel(top, ""));
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names[level.next++];
      if (name === undefined) {
        close(levels.pop()!.fd);
        continue;
      }
      const path = level.path === "" ? name : `${level.path}/${name}`;
      if (path.length > MAX_PATH) throw tooDeep(path);
      const inner = yield* visit(level.fd, name, path, skips);
      if (inner !== undefined) levels.push(inner);
    }
  } finally {
    for (const { fd } of levels) close(fd);
  }
}

function* visit(
  directory: number,
  name: ByteString,
  path: ByteString,
  skips: (path: ByteString, status: FileStatus) => boolean,
): Generator<TreeNode, Level | undefined> {
  const handle = takeHold(directory, name);
  if (handle === undefined) return undefined;
  try {
    const node = new TreeNode(path, handle);
    if (skips(path, node.status)) return undefined;
    yield node;
    return isDirectory(node.status) ? openLevel(handle, path) : undefined;
  } finally {
    close(handle);
  }
}

/**
 * Takes hold of a file, whatever it is, without opening it.
 *
 * @param directory The descriptor of its directory.
 * @param name Its name there.
 * @returns An `O_PATH` descriptor, to be closed by the caller; nothing where there is no such file.
 * @throws {SyscallError} The kernel refused.
 */
export function takeHold(directory: number, name: ByteString): number | undefined {
  try {
    return openat(directory, toCString(name), OpenFlag.PATH | OpenFlag.NOFOLLOW);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return undefined;
    throw error;
  }
}

function openLevel(handle: number, path: ByteString): Level {
  const fd = openDirectory(handle);
  const names = namesIn(fd).sort((one, other) => one < other ? -1 : 1);
  return { fd, path, names, next: 0 };
}

/**
 * Opens a directory for reading its names.
 *
 * @param handle An `O_PATH` descriptor of it.
 * @returns The descriptor, to be closed by the caller.
 * @throws {SyscallError} The kernel refused.
 */
export function openDirectory(handle: number): number {
  return openat(handle, ".", OpenFlag.RDONLY | OpenFlag.DIRECTORY);
}

/**
 * Reads the names in a directory.
 *
 * @param fd Its descriptor, opened for reading and at its beginning.
 * @returns The names, in no particular order; those read so far if the directory is removed meanwhile.
 * @throws {SyscallError} The kernel refused.
 */
export function namesIn(fd: number): ByteString[] {
  const names: ByteString[] = [];
  for (let batch = getdents64(fd); batch.length > 0; batch = getdents64(fd)) {
    for (const { name } of batch) names.push(toByteString(name.subarray(0, -1)));
  }
  return names;
}

/**
 * Tells whether a directory hides those of the layers below.
 *
 * @param node The directory.
 * @returns Whether it does.
 */
export function isOpaque({ attributes }: TreeNode): boolean {
  const value = attributes.find(({ name }) => name === OPAQUE_ATTRIBUTE)?.value;
  // "x" only says that there are whiteouts in another form, which nested overlays have.
  return value?.length === 1 && value[0] === "y".charCodeAt(0);
}

/**
 * Opens a node's file for reading.
 *
 * @param node A regular file.
 * @returns The descriptor, to be closed by the caller.
 * @throws {SyscallError} The kernel refused.
 */
export function openContent({ handle }: TreeNode): number {
  return open(`/proc/self/fd/${handle}`, OpenFlag.RDONLY);
}

/**
 * Tells whether a file is a directory.
 *
 * @param status What the kernel knows of it.
 * @returns Whether it is.
 */
export function isDirectory({ mode }: Pick<FileStatus, "mode">): boolean {
  return (mode & FileType.MASK) === FileType.DIRECTORY;
}

function tooDeep(path: ByteString): EngineError {
  const start = showByteString(path.slice(0, 60));
  return new EngineError(
    `Cannot archive "${start}...": its path is longer than ${MAX_PATH} bytes`,
    { kind: "invalid" },
  );
}
