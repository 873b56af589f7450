/**
 * What a layer says is gone from the layers below: noted for overlay, or done.
 *
 * @module
 */

import { FileType, mkdirat, mknodat, unlinkat } from "../../../ffi/directory_entry.ts";
import { close, OpenFlag } from "../../../ffi/fd.ts";
import { type DirectoryEntry, getdents64 } from "../../../ffi/getdents.ts";
import { openat } from "../../../ffi/openat.ts";
import { fsetxattr } from "../../../ffi/xattr.ts";
import { statx } from "../../../ffi/statx.ts";
import { lookUp } from "./directories.ts";
import { isWhiteout } from "../../runtime/root/whiteout.ts";

type Name = Uint8Array<ArrayBuffer>;

/** Hides what lower layers have; what this layer itself brings is never hidden (OCI image-spec). */
export interface Whiteouts {
  /** Whether hiding removes files, directories among them. */
  readonly removes: boolean;
  /** Hides a name in a directory. */
  hide(directory: number, name: Name): void;
  /** Hides everything in a directory. */
  hideAll(directory: number): void;
  /** Makes a directory of this layer where there was nothing, or a whiteout. */
  makeDirectory(directory: number, name: Name, mode: number): void;
  /** Notes that this layer brought a file, given by its descriptor or by its parent's and a name. */
  brought(directory: number, name?: Name): void;
}

const OPAQUE = "trusted.overlay.opaque";
const YES = new Uint8Array(["y".charCodeAt(0)]);

/**
 * Notes whiteouts for overlay: a character device 0:0, or an attribute of the directory.
 *
 * @see https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
 */
export class OverlayWhiteouts implements Whiteouts {
  /** Nothing is removed. */
  readonly removes = false;

  /** Puts a whiteout, or makes a directory this layer has under that name opaque. */
  hide(directory: number, name: Name): void {
    const status = lookUp(directory, name);
    if (status === undefined) mknodat(directory, name, FileType.CHARACTER, 0n);
    else if (isDirectory(status)) withDirectory(directory, name, (fd) => this.hideAll(fd));
  }

  /** Makes a directory opaque. */
  hideAll(directory: number): void {
    fsetxattr(directory, OPAQUE, YES);
  }

  /** Makes a directory; opaque in place of a whiteout, or what that hid would come back. */
  makeDirectory(directory: number, name: Name, mode: number): void {
    const status = lookUp(directory, name);
    const replaces = status !== undefined && isWhiteout(status);
    if (replaces) unlinkat(directory, name);
    mkdirat(directory, name, mode);
    if (replaces) withDirectory(directory, name, (fd) => this.hideAll(fd));
  }

  /** Needs no note: all there is in the directory is of this layer. */
  brought(): void {}
}

/** Of an archive that is no layer: there is nothing to hide. */
export class NoWhiteouts implements Whiteouts {
  /** Nothing is removed. */
  readonly removes = false;

  /** There is nothing to hide. */
  hide(): void {}

  /** There is nothing to hide. */
  hideAll(): void {}

  /** Makes a directory. */
  makeDirectory(directory: number, name: Name, mode: number): void {
    mkdirat(directory, name, mode);
  }

  /** Needs no note. */
  brought(): void {}
}

/** Removes what is hidden, where all layers go into one directory. */
export class RemovingWhiteouts implements Whiteouts {
  /** What is hidden is removed. */
  readonly removes = true;
  /** Inodes this layer brought. */
  readonly #brought = new Set<number>();

  /** Removes a name and all below it, but for what this layer brought. */
  hide(directory: number, name: Name): void {
    this.#remove(directory, name);
  }

  /** Removes all that is in a directory, but for what this layer brought. */
  hideAll(directory: number): void {
    withDirectory(directory, DOT, (fd) => this.#empty(fd));
  }

  /** Makes a directory. */
  makeDirectory(directory: number, name: Name, mode: number): void {
    mkdirat(directory, name, mode);
  }

  /** Notes a file's inode. */
  brought(directory: number, name?: Name): void {
    this.#brought.add(statx(directory, name).inode);
  }

  /** Tells whether something is left. */
  #remove(directory: number, name: Name): boolean {
    const status = lookUp(directory, name);
    if (status === undefined) return false;
    const isOurs = this.#brought.has(status.inode);
    if (!isDirectory(status)) {
      if (!isOurs) unlinkat(directory, name);
      return isOurs;
    }
    const isNeeded = withDirectory(directory, name, (fd) => this.#empty(fd));
    if (isOurs || isNeeded) return true;
    unlinkat(directory, name, { directory: true });
    return false;
  }

  #empty(directory: number): boolean {
    const entries: DirectoryEntry[] = [];
    for (let batch = getdents64(directory); batch.length > 0; batch = getdents64(directory)) {
      entries.push(...batch);
    }
    return entries.filter((entry) => this.#remove(directory, entry.name)).length > 0;
  }
}

const DOT: Name = new Uint8Array([".".charCodeAt(0), 0]);

function isDirectory(status: { mode: number }): boolean {
  return (status.mode & FileType.MASK) === FileType.DIRECTORY;
}

function withDirectory<T>(directory: number, name: Name, use: (fd: number) => T): T {
  const flags = OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.NOFOLLOW;
  const fd = openat(directory, name, flags);
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}
