/**
 * Opening and creating paths inside a container's root.
 *
 * Everything here runs after the root has been entered, so symbolic links cannot lead out. What is
 * left to guard against are magic links (`/proc/self/fd/N`, `/proc/PID/root`), which jump to wherever
 * their descriptor points: they are never followed.
 *
 * @module
 */

import {
  AT_FDCWD,
  close,
  Errno,
  isErrno,
  mkdirat,
  openat,
  openat2,
  OpenFlag,
  Resolve,
} from "../../../ffi/mod.ts";

/** How a path is resolved. */
export interface PathOptions {
  /** Whether symbolic links are refused altogether (`ELOOP`). */
  noSymlinks?: boolean;
  /** Bits of `OpenFlag`; the default is `PATH`, which opens nothing but the name. */
  flags?: number;
}

const DIRECTORY_MODE = 0o755;
// Kernels answer EAGAIN when something was renamed while they resolved a path (openat2(2)).
const RENAME_RETRIES = 32;
// As the kernel's own limit (path_resolution(7)).
const MAX_LINKS = 40;

/**
 * Opens a path in the container's root.
 *
 * @param path An absolute path.
 * @param options How it is resolved.
 * @returns A descriptor.
 * @throws {SyscallError} It does not exist, or leads through a magic link.
 */
export function openInContainer(path: string, options: PathOptions = {}): number {
  const resolve = Resolve.NO_MAGICLINKS | (options.noSymlinks ? Resolve.NO_SYMLINKS : 0);
  for (let attempt = 0;; attempt++) {
    try {
      return openat2(AT_FDCWD, path, options.flags ?? OpenFlag.PATH, resolve);
    } catch (error) {
      if (attempt >= RENAME_RETRIES || !isErrno(error, Errno.EAGAIN)) throw error;
    }
  }
}

/**
 * Opens a folder in the container's root, after creating what is missing of it.
 *
 * @param path An absolute path.
 * @param options How it is resolved.
 * @returns An `O_PATH` descriptor.
 * @throws {SyscallError} Part of it is not a folder, or it cannot be created.
 */
export function openOrCreateDirectory(path: string, options: PathOptions = {}): number {
  const flags = OpenFlag.PATH | OpenFlag.DIRECTORY;
  return openOrCreate(path, { ...options, flags }, (parent, name) => {
    mkdirat(parent, name, DIRECTORY_MODE);
  });
}

/**
 * Opens a file in the container's root, after creating it and its folders where they are missing.
 *
 * @param path An absolute path.
 * @returns An `O_PATH` descriptor of whatever is there.
 * @throws {SyscallError} It cannot be created.
 */
export function openOrCreateFile(path: string): number {
  return openOrCreate(path, {}, (parent, name) => {
    close(openat(parent, name, OpenFlag.CREAT | OpenFlag.EXCL | OpenFlag.WRONLY, 0o644));
  });
}

function openOrCreate(
  path: string,
  options: PathOptions,
  create: (parent: number, name: string) => void,
  depth = 0,
): number {
  try {
    return openInContainer(path, options);
  } catch (error) {
    if (!isErrno(error, Errno.ENOENT) || depth > MAX_LINKS) throw error;
  }
  const clean = path.replace(/\/+$/, "");
  const parent = openOrCreateDirectory(clean.slice(0, clean.lastIndexOf("/")) || "/", {
    noSymlinks: options.noSymlinks ?? false,
  });
  try {
    create(parent, clean.slice(clean.lastIndexOf("/") + 1));
  } catch (error) {
    if (!isErrno(error, Errno.EEXIST)) throw error;
    // A link whose target is missing: create the target, wherever in this root it points.
    const target = Deno.readLinkSync(clean);
    const folder = clean.slice(0, clean.lastIndexOf("/"));
    const resolved = target.startsWith("/") ? target : `${folder}/${target}`;
    return openOrCreate(resolved, options, create, depth + 1);
  } finally {
    close(parent);
  }
  return openInContainer(path, options);
}
