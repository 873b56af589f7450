/**
 * The directories of a layer being unpacked, kept open while entries go into them.
 *
 * @module
 */

import { FileType, mkdirat, readlinkat } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../../ffi/error.ts";
import { close, OpenFlag } from "../../../ffi/fd.ts";
import { openat, openat2, Resolve } from "../../../ffi/openat.ts";
import { fchmod, fchown } from "../../../ffi/ownership.ts";
import { type FileStatus, statx } from "../../../ffi/statx.ts";
import { futimens, type Timestamp } from "../../../ffi/timestamps.ts";
import { type ByteString, toByteString, toCString } from "./byte_string.ts";
import { refuse } from "./entry.ts";
import { isWhiteout } from "../../runtime/root/whiteout.ts";

/** A directory of the layer, open. */
export interface Directory {
  /** Its descriptor; it may be closed when another directory is opened or forgotten. */
  readonly fd: number;
  /** Which directory it is, by file system and inode: mounts may lie below the root. */
  readonly identity: string;
  /** The modification time it is to have in the end. */
  modified: Timestamp;
  /** Whether names were added or removed since it last had that time. */
  touched: boolean;
  /** Whether it gets that time back. */
  keepsTime: boolean;
}

/** How many directories stay open: enough for the depth of usual trees. */
const MAX_OPEN = 64;
/** As many links as the kernel follows in one path. */
const MAX_LINKS = 40;
/** How often a path is looked up again because something on the machine was renamed meanwhile. */
const MAX_LOOKUPS = 1000;

/**
 * Opens directories below a root, which nothing in them can leave, and makes missing ones.
 *
 * Adding a name to a directory changes its time. Each directory gets its time back before it is
 * closed, so no list of them is kept until the end: memory does not grow with the layer.
 */
export class Directories {
  readonly #root: Directory;
  readonly #keepsTimes: boolean;
  readonly #byPath = new Map<ByteString, Directory>();
  /** Least recently used first. One directory may have several paths, through symbolic links. */
  readonly #byIdentity = new Map<string, Directory>();
  readonly #replaceWhiteout: (parent: Directory, name: Uint8Array<ArrayBuffer>) => void;

  /**
   * Starts at a root directory.
   *
   * @param fd The root's descriptor, closed by {@linkcode Directories.close}.
   * @param replaceWhiteout Puts a directory where this layer put a whiteout before.
   * @param options Whether directories get their times back that had them before.
   */
  constructor(
    fd: number,
    replaceWhiteout: (parent: Directory, name: Uint8Array<ArrayBuffer>) => void,
    options: { keepsTimes: boolean } = { keepsTimes: true },
  ) {
    this.#keepsTimes = options.keepsTimes;
    this.#root = this.#describe(fd);
    this.#replaceWhiteout = replaceWhiteout;
    this.#keep("", this.#root);
  }

  /** The root. */
  get root(): Directory {
    return this.#root;
  }

  /**
   * Opens a directory; missing ones on the way to it are made, root's own and mode 0755.
   *
   * @param path Its path, clean; symbolic links in it are followed inside of the root.
   * @returns The directory.
   * @throws {EngineError} Something on the way is no directory (`invalid`).
   * @throws {SyscallError} The kernel refused.
   */
  open(path: ByteString): Directory {
    return this.#open(path, 0);
  }

  /**
   * Opens a directory that exists, not to be kept.
   *
   * @param path Its path, clean.
   * @returns A descriptor, to be closed by the caller.
   * @throws {SyscallError} There is none, or the kernel refused.
   */
  find(path: ByteString): number {
    for (let lookup = 1;; lookup++) {
      try {
        return openat2(
          this.#root.fd,
          toCString(path === "" ? "." : path),
          OpenFlag.RDONLY | OpenFlag.DIRECTORY,
          Resolve.IN_ROOT | Resolve.NO_MAGICLINKS,
        );
      } catch (error) {
        if (!isErrno(error, Errno.EAGAIN) || lookup === MAX_LOOKUPS) throw error;
      }
    }
  }

  /**
   * Keeps a directory that the caller has opened.
   *
   * @param path Its path.
   * @param fd Its descriptor, from now on closed by this object.
   * @returns The directory.
   */
  adopt(path: ByteString, fd: number): Directory {
    const directory = this.#describe(fd);
    const known = this.#byIdentity.get(directory.identity);
    if (known !== undefined) close(fd);
    return this.#keep(path, known ?? directory);
  }

  /**
   * Forgets all paths, as a directory or a symbolic link is about to go and some may lead through it.
   *
   * @param used A directory to leave open.
   */
  forget(used?: Directory): void {
    this.#byPath.clear();
    for (const directory of this.#byIdentity.values()) {
      if (directory !== used && directory !== this.#root) this.#close(directory);
    }
    this.#byPath.set("", this.#root);
  }

  /** Gives every directory its time and closes all, the root last. */
  close(): void {
    this.forget();
    this.#close(this.#root);
  }

  #open(path: ByteString, links: number): Directory {
    const known = this.#byPath.get(path);
    if (known !== undefined) return this.#keep(path, known);
    try {
      return this.adopt(path, this.find(path));
    } catch (error) {
      if (!isErrno(error, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) throw error;
    }
    return this.#make(path, links);
  }

  #make(path: ByteString, links: number): Directory {
    const slash = path.lastIndexOf("/");
    const name = toCString(path.slice(slash + 1));
    const parentPath = path.slice(0, Math.max(slash, 0));
    const parent = this.#open(parentPath, links);
    const status = lookUp(parent.fd, name);
    if (status === undefined) {
      mkdirat(parent.fd, name, 0o755);
    } else if (isWhiteout(status)) {
      this.#replaceWhiteout(parent, name);
    } else if ((status.mode & FileType.MASK) === FileType.SYMLINK && links < MAX_LINKS) {
      // Its target is made, as other engines do: `var/run` may point to a `run` that comes later.
      this.#open(linkTarget(parentPath, toByteString(readlinkat(parent.fd, name))), links + 1);
      return this.adopt(path, this.find(path));
    } else {
      throw refuse(path, "files are to go into it, but it is no directory");
    }
    parent.touched = true;
    // By its parent, as looking a deep path up from the root for each of its names takes long.
    const flags = OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.NOFOLLOW;
    const made = this.adopt(path, openat(parent.fd, name, flags));
    // Whatever the umask and a set-group-id parent made of it.
    fchown(made.fd, 0, 0);
    fchmod(made.fd, 0o755);
    return made;
  }

  #describe(fd: number): Directory {
    const { device, inode, modified } = statx(fd);
    return {
      fd,
      identity: `${device}:${inode}`,
      modified,
      touched: false,
      keepsTime: this.#keepsTimes,
    };
  }

  #keep(path: ByteString, directory: Directory): Directory {
    this.#byIdentity.delete(directory.identity);
    this.#byIdentity.set(directory.identity, directory);
    this.#byPath.set(path, directory);
    if (this.#byIdentity.size > MAX_OPEN) this.#closeLeastUsed();
    return directory;
  }

  #closeLeastUsed(): void {
    for (const directory of this.#byIdentity.values()) {
      if (directory === this.#root) continue;
      for (const [path, at] of this.#byPath) if (at === directory) this.#byPath.delete(path);
      return this.#close(directory);
    }
  }

  #close(directory: Directory): void {
    this.#byIdentity.delete(directory.identity);
    try {
      if (directory.touched && directory.keepsTime) futimens(directory.fd, directory.modified);
    } finally {
      close(directory.fd);
    }
  }
}

/**
 * Looks at a name in a directory.
 *
 * @param directory The directory's descriptor.
 * @param name The name.
 * @returns What is there; undefined where nothing is.
 * @throws {SyscallError} The kernel refused.
 */
export function lookUp(directory: number, name: Uint8Array<ArrayBuffer>): FileStatus | undefined {
  try {
    return statx(directory, name);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return undefined;
    throw error;
  }
}

/** Where a link leads, by its text; as openat2(2) resolves it in the end, this need not be exact. */
function linkTarget(parent: ByteString, text: ByteString): ByteString {
  const names: ByteString[] = [];
  for (const name of `${text.startsWith("/") ? "" : parent}/${text}`.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names.join("/");
}
