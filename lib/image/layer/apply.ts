/**
 * Unpacking a layer's archive into a directory, taking the archive for hostile.
 *
 * Every path is resolved by openat2(2) with the directory as its root, and every file is made new
 * (`O_EXCL`, mknod, symlink, link), so nothing that exists outside is ever opened, changed or linked.
 *
 * @module
 */

import { FileType, linkat, makeDevice, mknodat, symlinkat } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno, SyscallError } from "../../../ffi/error.ts";
import { close, open, OpenFlag, writeAll } from "../../../ffi/fd.ts";
import { ftruncate, lseek } from "../../../ffi/sparse_file.ts";
import type { SparseMap } from "./sparse.ts";
import { openat, openat2, Resolve } from "../../../ffi/openat.ts";
import { statx } from "../../../ffi/statx.ts";
import { EngineError } from "../../errors.ts";
import type { OwnerShift } from "../../runtime/user/owner_shift.ts";
import { removeTreeAt } from "../../state/remove_tree.ts";
import { type ByteString, showByteString, toByteString, toCString } from "./byte_string.ts";
import { Directories, type Directory, lookUp } from "./directories.ts";
import { type LayerEntry, parseEntry, parsePlainEntry, refuse } from "./entry.ts";
import { setMetadata, setMetadataAt } from "./metadata.ts";
import { noRoom } from "./room.ts";
import { TarReader } from "./tar_reader.ts";
import { UnseenFile } from "./unseen_file.ts";
import { NoWhiteouts, OverlayWhiteouts, RemovingWhiteouts, type Whiteouts } from "./whiteouts.ts";

/** Options of {@linkcode applyLayer}. */
export interface ApplyLayerOptions {
  /**
   * What becomes of whiteouts: `overlay` notes them as the overlay file system does, for a directory
   * that holds this layer alone; `remove` removes what they hide, for one that holds the layers below;
   * `none` takes their names for those of ordinary files, for an archive that is no layer.
   */
  whiteouts: "overlay" | "remove" | "none";
  /**
   * Whether others use what is in the directory: files appear whole or not at all, no file takes the
   * place of a directory nor a directory that of a file, and directories show that they have changed.
   *
   * @default false
   */
  isInUse?: boolean;
  /** Who owns what is unpacked, in place of those the archive names. */
  owner?: { uid: number; gid: number } | undefined;
  /** Translates owners, also that one, to those on the disk. */
  shift?: OwnerShift | undefined;
  /** Creates files as somebody, where the file system takes nothing of this process's user. */
  createAs?: (<T>(create: () => T) => T) | undefined;
  /** Stops the work; what was unpacked stays. */
  signal?: AbortSignal;
  /** Called before each entry is unpacked. */
  onEntry?: (entry: LayerEntry) => void;
  /** How many entries there may be. @default {Infinity} */
  maxEntries?: number;
  /** How many bytes the files may have together, holes left out. @default {Infinity} */
  maxBytes?: number;
}

const NEW_FILE = OpenFlag.WRONLY | OpenFlag.CREAT | OpenFlag.EXCL | OpenFlag.NOFOLLOW;

const WHITEOUTS: Readonly<Record<ApplyLayerOptions["whiteouts"], new () => Whiteouts>> = {
  overlay: OverlayWhiteouts,
  remove: RemovingWhiteouts,
  none: NoWhiteouts,
};

/** What {@linkcode applyLayer} unpacked. */
export interface AppliedLayer {
  /** How many entries the archive has. */
  entries: number;
  /** The sizes of its files, added up. */
  bytes: number;
}

/**
 * Unpacks an archive into a directory.
 *
 * Of several entries with one name the last counts. On failure the directory holds part of them.
 *
 * @param tar The archive, not compressed.
 * @param directory An existing directory.
 * @param options What becomes of whiteouts; limits.
 * @returns How much there was.
 * @throws {EngineError} The archive is corrupt, hostile or over a limit (`invalid`), or the kernel
 * refused (`system`).
 */
export async function applyLayer(
  tar: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  directory: string,
  options: ApplyLayerOptions,
): Promise<AppliedLayer> {
  const reader = new TarReader(tar);
  try {
    const layer = new LayerDirectory(directory, options, reader);
    try {
      return await applyEntries(reader, layer, options);
    } finally {
      layer.close();
    }
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause;
    throw new EngineError(`Cannot unpack a layer into "${directory}"`, { kind: "system", cause });
  } finally {
    await reader.close();
  }
}

/** A file's bytes without those in its holes. */
function storedBytes({ size, sparse }: { size: number; sparse?: SparseMap }): number {
  return sparse?.ranges.reduce((sum, { length }) => sum + length, 0) ?? size;
}

async function applyEntries(
  reader: TarReader,
  layer: LayerDirectory,
  options: ApplyLayerOptions,
): Promise<AppliedLayer> {
  const { signal, onEntry, maxEntries = Infinity, maxBytes = Infinity } = options;
  const done: AppliedLayer = { entries: 0, bytes: 0 };
  let stored = 0;
  for (let tar = await reader.next(); tar !== undefined; tar = await reader.next()) {
    signal?.throwIfAborted();
    const entry = options.whiteouts === "none" ? parsePlainEntry(tar) : parseEntry(tar);
    if (++done.entries > maxEntries) {
      throw noRoom(
        `the layer has more than the ${maxEntries} entries that there is room for`,
        tar.name,
      );
    }
    if (entry === undefined) continue;
    if (options.owner && "metadata" in entry) Object.assign(entry.metadata, options.owner);
    if (options.shift && "metadata" in entry) {
      Object.assign(entry.metadata, options.shift(entry.metadata));
    }
    if (entry.kind === "file") {
      done.bytes += entry.size;
      stored += storedBytes(entry);
    }
    if (stored > maxBytes) {
      throw noRoom(
        `the layer has more than the ${maxBytes} bytes that there is room for`,
        tar.name,
      );
    }
    onEntry?.(entry);
    try {
      await layer.apply(entry, signal);
    } catch (error) {
      throw error instanceof SyscallError ? failed(entry, error) : error;
    }
  }
  return done;
}

function failed(entry: LayerEntry, cause: SyscallError): EngineError {
  const text = `Cannot unpack "${showByteString(entry.path)}"`;
  if (cause.errno === Errno.ENOSYS && cause.syscall === "openat2") {
    return new EngineError(`${text}: the kernel is older than Linux 5.6`, {
      kind: "unavailable",
      cause,
    });
  }
  return new EngineError(text, { kind: "system", cause });
}

/** The directory a layer is unpacked into. */
class LayerDirectory {
  readonly #directories: Directories;
  readonly #whiteouts: Whiteouts;
  readonly #reader: TarReader;
  readonly #isInUse: boolean;
  readonly #createAs: <T>(create: () => T) => T;

  constructor(path: string, options: ApplyLayerOptions, reader: TarReader) {
    this.#reader = reader;
    this.#isInUse = options.isInUse ?? false;
    this.#createAs = options.createAs ?? ((create) => create());
    this.#whiteouts = new WHITEOUTS[options.whiteouts]();
    this.#directories = new Directories(
      open(path, OpenFlag.RDONLY | OpenFlag.DIRECTORY),
      (parent, name) => this.#createAs(() => this.#whiteouts.makeDirectory(parent.fd, name, 0o755)),
      { keepsTimes: !this.#isInUse },
    );
  }

  close(): void {
    this.#directories.close();
  }

  async apply(entry: LayerEntry, signal: AbortSignal | undefined): Promise<void> {
    if (entry.kind === "directory") return this.#makeDirectory(entry);
    if (entry.kind === "opaque") {
      const directory = this.#directories.open(entry.path);
      if (this.#whiteouts.removes) this.#directories.forget(directory);
      directory.touched = true;
      return this.#whiteouts.hideAll(directory.fd);
    }
    const slash = entry.path.lastIndexOf("/");
    const parent = this.#directories.open(entry.path.slice(0, Math.max(slash, 0)));
    const name = toCString(entry.path.slice(slash + 1));
    parent.touched = true;
    switch (entry.kind) {
      case "file":
        return await this.#makeFile(entry, parent, name, signal);
      case "whiteout":
        if (this.#whiteouts.removes) this.#directories.forget(parent);
        return this.#whiteouts.hide(parent.fd, name);
      case "hardlink":
        return this.#makeHardlink(entry, parent, name);
      default:
        this.#make(parent, name, () => makeSpecial(entry, parent.fd, name));
        setMetadataAt(parent.fd, name, entry.metadata, { isSymlink: entry.kind === "symlink" });
        this.#whiteouts.brought(parent.fd, name);
    }
  }

  async #makeFile(
    entry: LayerEntry & { kind: "file" },
    parent: Directory,
    name: Uint8Array<ArrayBuffer>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.#isInUse) return await this.#replaceFile(entry, parent, name, signal);
    const fd = this.#make(parent, name, () => openat(parent.fd, name, NEW_FILE, 0o600));
    try {
      await this.#fillFile(entry, fd, signal);
    } finally {
      close(fd);
    }
  }

  /** No one sees half of it. */
  async #replaceFile(
    entry: LayerEntry & { kind: "file" },
    parent: Directory,
    name: Uint8Array<ArrayBuffer>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#checkReplaceable(parent, name, entry.path);
    // Entries may close the parent's descriptor, but not while one of them is at work.
    using file = this.#createAs(() => new UnseenFile(parent.fd));
    await this.#fillFile(entry, file.fd, signal);
    this.#createAs(() => file.show(name));
  }

  async #fillFile(
    entry: LayerEntry & { kind: "file" },
    fd: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const range of entry.sparse?.ranges ?? [{ offset: 0, length: entry.size }]) {
      if (entry.sparse !== undefined) lseek(fd, range.offset);
      await this.#writeContent(fd, range.length, signal);
    }
    if (entry.sparse !== undefined) ftruncate(fd, entry.size);
    setMetadata(fd, entry.metadata);
    this.#whiteouts.brought(fd);
  }

  async #writeContent(fd: number, length: number, signal: AbortSignal | undefined): Promise<void> {
    for (let left = length; left > 0;) {
      const piece = (await this.#reader.read(left))! as Uint8Array<ArrayBuffer>;
      signal?.throwIfAborted();
      writeAll(fd, piece);
      left -= piece.length;
    }
  }

  /** An existing directory stays, with what is in it; anything else makes way. */
  #makeDirectory(entry: LayerEntry & { kind: "directory" }): void {
    const { path, metadata } = entry;
    const directory = path === "" ? this.#directories.root : this.#newDirectory(path);
    setMetadata(directory.fd, metadata);
    directory.modified = metadata.modified;
    directory.keepsTime = true;
    directory.touched = false;
    this.#whiteouts.brought(directory.fd);
  }

  #newDirectory(path: ByteString): Directory {
    const slash = path.lastIndexOf("/");
    const parent = this.#directories.open(path.slice(0, Math.max(slash, 0)));
    const name = toCString(path.slice(slash + 1));
    const flags = OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.NOFOLLOW;
    const status = lookUp(parent.fd, name);
    if (status === undefined || (status.mode & FileType.MASK) !== FileType.DIRECTORY) {
      if (status !== undefined && this.#isInUse) {
        throw refuse(path, "cannot overwrite non-directory with directory");
      }
      parent.touched = true;
      this.#make(parent, name, () => this.#whiteouts.makeDirectory(parent.fd, name, 0o700));
    }
    return this.#directories.adopt(path, openat(parent.fd, name, flags));
  }

  /** The owner, mode and times of a hard link are its target's, which has them already. */
  #makeHardlink(
    entry: LayerEntry & { kind: "hardlink" },
    parent: Directory,
    name: Uint8Array<ArrayBuffer>,
  ): void {
    const slash = entry.target.lastIndexOf("/");
    const target = toCString(entry.target.slice(slash + 1));
    const targetParent = this.#findTarget(entry, entry.target.slice(0, Math.max(slash, 0)));
    try {
      const status = lookUp(targetParent, target);
      if (status === undefined) throw missingTarget(entry);
      if ((status.mode & FileType.MASK) === FileType.DIRECTORY) {
        throw refuse(entry.path, "it is a hard link to a directory");
      }
      this.#make(parent, name, () => linkat(targetParent, target, parent.fd, name));
    } finally {
      close(targetParent);
    }
  }

  #findTarget(entry: LayerEntry & { kind: "hardlink" }, path: ByteString): number {
    try {
      return this.#directories.find(path);
    } catch (error) {
      if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) throw missingTarget(entry);
      throw error;
    }
  }

  /** Refuses to replace directories, and what something is mounted on in the container they are of. */
  #checkReplaceable(parent: Directory, name: Uint8Array<ArrayBuffer>, path: ByteString): void {
    let fd: number;
    try {
      // The kernel keeps mount points of its caller's namespace only: of others it would unmount them.
      fd = openat2(parent.fd, name, OpenFlag.PATH | OpenFlag.NOFOLLOW, Resolve.NO_XDEV);
    } catch (error) {
      if (isErrno(error, Errno.ENOENT)) return;
      if (isErrno(error, Errno.EXDEV)) {
        throw refuse(path, "device or resource busy: something is mounted there");
      }
      throw error;
    }
    const type = statx(fd).mode & FileType.MASK;
    close(fd);
    if (type !== FileType.DIRECTORY) return;
    throw refuse(path, "cannot overwrite directory with non-directory");
  }

  /** Makes something under a name; what has the name already is removed. */
  #make<T>(parent: Directory, name: Uint8Array<ArrayBuffer>, make: () => T): T {
    try {
      return this.#createAs(make);
    } catch (error) {
      if (!isErrno(error, Errno.EEXIST)) throw error;
    }
    if (this.#isInUse) this.#checkReplaceable(parent, name, toByteString(name.subarray(0, -1)));
    // Paths may lead through what goes.
    this.#directories.forget(parent);
    removeTreeAt(parent.fd, name);
    return this.#createAs(make);
  }
}

function makeSpecial(
  entry: LayerEntry & { kind: "symlink" | "device" | "fifo" },
  parent: number,
  name: Uint8Array<ArrayBuffer>,
): void {
  switch (entry.kind) {
    case "symlink":
      return symlinkat(toCString(entry.target), parent, name);
    case "fifo":
      return mknodat(parent, name, FileType.FIFO | 0o600);
    case "device": {
      const type = entry.type === "character" ? FileType.CHARACTER : FileType.BLOCK;
      return mknodat(parent, name, type | 0o600, makeDevice(entry.major, entry.minor));
    }
  }
}

function missingTarget(entry: LayerEntry & { kind: "hardlink" }): EngineError {
  return refuse(
    entry.path,
    `it is a hard link to "${showByteString(entry.target)}", which is not in the layer`,
  );
}
