/**
 * Mounting what only this process sees, and what vanishes with it.
 *
 * @module
 */

import {
  CloneFlag,
  cloneMount,
  close,
  fchdir,
  mount,
  MountFlag,
  open,
  OpenFlag,
  setns,
  unshare,
} from "../../../ffi/mod.ts";

/**
 * Does something in a mount namespace of its own, synchronously, and comes back.
 *
 * Only the calling thread goes there. What is mounted meanwhile is gone afterwards, but for what was
 * taken hold of as a detached mount.
 *
 * @param body What to do; it must not wait for anything.
 * @returns What `body` returned.
 * @throws {SyscallError} The kernel refused.
 */
export function inPrivateMounts<T>(body: () => T): T {
  const own = open("/proc/thread-self/ns/mnt", OpenFlag.RDONLY);
  // Coming back sets the working directory to the root.
  const workingDirectory = open(".", OpenFlag.PATH | OpenFlag.DIRECTORY);
  try {
    unshare(CloneFlag.NEWNS);
    try {
      mount("", "/", "", MountFlag.PRIVATE | MountFlag.REC);
      return body();
    } finally {
      setns(own, CloneFlag.NEWNS);
      fchdir(workingDirectory);
    }
  } finally {
    [own, workingDirectory].forEach(close);
  }
}

/**
 * Mounts a file system that is nowhere to be seen.
 *
 * @param target A folder to mount it on meanwhile, and by that to find it.
 * @param perform Mounts it there.
 * @returns A descriptor of the mount, which ends with its last descriptor.
 * @throws {SyscallError} The kernel refused.
 */
export function detachedMount(target: string, perform: () => void): number {
  return inPrivateMounts(() => {
    perform();
    return cloneMount(target, true);
  });
}
