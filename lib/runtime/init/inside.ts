/**
 * Being inside a container for a moment.
 *
 * @module
 */

import {
  CloneFlag,
  close,
  fchdir,
  open,
  OpenFlag,
  setns,
  umask,
  unshare,
  writeAll,
} from "../../../ffi/mod.ts";
import { describeError } from "../../errors.ts";
import {
  NAMESPACE_FILE,
  NAMESPACE_FLAG,
  namespaceFlags,
  type NamespaceType,
} from "../spec/namespace_kinds.ts";

/** Kinds that a thread beside others can join; the one that sets the root is last. */
const JOINABLE: readonly NamespaceType[] = ["cgroup", "ipc", "network", "uts", "mount"];

/**
 * Does something in a container's namespaces, synchronously, and comes back.
 *
 * Only the calling thread goes there, with a umask of 0. It must start no other one meanwhile, which
 * would stay.
 *
 * @param pidfd Refers to the container's first process.
 * @param types The kinds of namespaces that it does not share with us; the PID namespace cannot be
 * entered, nor one of users.
 * @param body What to do.
 * @returns What it returned.
 * @throws {SyscallError} The kernel refused; `ESRCH`: the process is dead.
 */
export function insideContainer<T>(
  pidfd: number,
  types: readonly NamespaceType[],
  body: () => T,
): T {
  const kinds = JOINABLE.filter((type) => types.includes(type));
  const own = kinds.map((type) => ({
    flag: NAMESPACE_FLAG[type],
    fd: open(`/proc/thread-self/ns/${NAMESPACE_FILE[type]}`, OpenFlag.RDONLY),
  }));
  // Coming back sets the working directory to the root.
  const workingDirectory = open(".", OpenFlag.PATH | OpenFlag.DIRECTORY);
  // A mount namespace can be joined only by who shares its working directory with nobody.
  unshare(CloneFlag.FS);
  const mask = umask(0);
  try {
    setns(pidfd, namespaceFlags(kinds));
    return body();
  } finally {
    comeBack(own, workingDirectory);
    umask(mask);
    [workingDirectory, ...own.map(({ fd }) => fd)].forEach(close);
  }
}

function comeBack(own: readonly { fd: number; flag: number }[], workingDirectory: number): void {
  try {
    for (const { fd, flag } of own) setns(fd, flag);
    fchdir(workingDirectory);
  } catch (error) {
    // Out of memory, say. Whatever this process did next, it would do it in the container; a process
    // that takes its place finds everything as it was.
    const line = `Cannot leave a container's namespaces: ${describeError(error)}\n`;
    writeAll(2, new TextEncoder().encode(line));
    Deno.exit(1);
  }
}
