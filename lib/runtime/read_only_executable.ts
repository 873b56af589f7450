/**
 * Executing this program where nobody can write to its file.
 *
 * @module
 */

import {
  CloneFlag,
  close,
  fchdir,
  mount,
  MountFlag,
  open,
  OpenFlag,
  setns,
  unshare,
} from "../../ffi/mod.ts";

/**
 * Runs a function that starts processes from a read-only mount of an executable.
 *
 * Otherwise a container that one of them joins could overwrite the executable through
 * `/proc/PID/exe` (CVE-2019-5736). The mount is in a mount namespace of its own, which the processes
 * are born in and which ends with the last of them, whatever they die of; the calling thread is back
 * in its own when the function has returned. From then on it has a working directory of its own.
 *
 * @param executable The executable.
 * @param target A file to mount it on; it is created where it is missing.
 * @param start Starts the processes, synchronously; it is given the path to execute.
 * @returns What the function returns.
 * @throws {SyscallError} The kernel refused.
 */
export function withReadOnlyExecutable<T>(
  executable: string,
  target: string,
  start: (path: string) => T,
): T {
  const [namespace, directory] = [
    open("/proc/thread-self/ns/mnt", OpenFlag.RDONLY),
    open(".", OpenFlag.PATH | OpenFlag.DIRECTORY),
  ];
  try {
    enterNamespaceWithExecutable(executable, target);
    try {
      return start(target);
    } finally {
      setns(namespace, CloneFlag.NEWNS);
      // Joining a mount namespace leads to its root.
      fchdir(directory);
    }
  } finally {
    [namespace, directory].forEach(close);
  }
}

/**
 * Moves the calling thread to a mount namespace of its own with a read-only mount of an executable.
 *
 * @param executable The executable.
 * @param target A file to mount it on; it is created where it is missing.
 * @throws {SyscallError} The kernel refused.
 */
export function enterNamespaceWithExecutable(executable: string, target: string): void {
  // Not for writing: in a namespace that has the mount already, it is being executed.
  close(open(target, OpenFlag.CREAT | OpenFlag.RDONLY, 0o700));
  unshare(CloneFlag.NEWNS);
  // What the host mounts and unmounts goes on to reach this namespace, and nothing goes back.
  mount("", "/", "", MountFlag.SLAVE | MountFlag.REC);
  mount(executable, target, "", MountFlag.BIND);
  const flags = MountFlag.RDONLY | MountFlag.NOSUID | MountFlag.NODEV;
  mount("", target, "", MountFlag.REMOUNT | MountFlag.BIND | flags);
}
