/**
 * Executing this program where nobody can write to its file.
 *
 * @module
 */

import { CloneFlag, close, mount, MountFlag, open, OpenFlag, unshare } from "../../../ffi/mod.ts";

/**
 * Moves the calling thread to a mount namespace of its own with a read-only mount of an executable.
 *
 * Otherwise a container could overwrite the executable through `/proc/PID/exe` (CVE-2019-5736). The
 * mount ends with the last process in the namespace, whatever they die of.
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
