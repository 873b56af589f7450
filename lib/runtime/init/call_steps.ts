/**
 * Steps that programs of system calls have in common.
 *
 * @module
 */

import { AT_FDCWD, OpenFlag, Resolve, Signal, type SystemCall } from "../../../ffi/mod.ts";
import type { CgroupEntry } from "../../cgroup/mod.ts";

/** Of close_range(2): there is none beyond. */
export const LAST_DESCRIPTOR = 0xffffffff;

/** Of clone(2): the copy is a child of its maker's parent. */
export const CLONE_PARENT = 0x8000;

// linux/prctl.h, linux/sched.h
const PR_SET_DUMPABLE = 4;
const CLONE_INTO_CGROUP = 0x200000000n;
// asm-generic/ioctls.h
const TIOCSCTTY = 0x540e;

/** The purpose of {@linkcode changeDirectory}, by which its failure is known. */
export const CHANGES_DIRECTORY = "changing the working directory";

/**
 * Says how a process begins that nobody may look into, and that has nothing it was not given.
 *
 * @param free The lowest descriptor that it was not given: the next one that an open returns.
 * @returns The steps.
 */
export function closeAndHide(free: number): SystemCall[] {
  return [
    // What this process may have inherited without anyone's intention.
    { name: "close_range", args: [free, LAST_DESCRIPTOR, 0] },
    // Until the execve: CVE-2016-9962.
    { name: "prctl", args: [PR_SET_DUMPABLE, 0] },
  ];
}

/**
 * Says how to write a file of the host.
 *
 * @param path The file.
 * @param text What to write, at once.
 * @param free The lowest free descriptor.
 * @returns The steps.
 */
export function writeFile(path: string, text: string, free: number): SystemCall[] {
  const bytes = new TextEncoder().encode(text);
  return [
    openFile(path, OpenFlag.WRONLY),
    { name: "write", args: [free, bytes, bytes.length], purpose: `writing to "${path}"` },
    { name: "close", args: [free] },
  ];
}

/**
 * Says how to open a file of the host.
 *
 * @param path The file.
 * @param flags Bits of `OpenFlag`.
 * @returns The step.
 */
export function openFile(path: string, flags: number): SystemCall {
  return { name: "openat", args: [AT_FDCWD, path, flags], purpose: `opening "${path}"` };
}

/**
 * Says how a process enters a cgroup of v1 by itself.
 *
 * @param cgroup The way into it.
 * @param free The lowest free descriptor.
 * @returns The steps; none on v2, where {@linkcode forkInto} has a process born there.
 */
export function enterCgroup(cgroup: CgroupEntry, free: number): SystemCall[] {
  return "files" in cgroup ? cgroup.files.flatMap((path) => writeFile(path, "0", free)) : [];
}

/**
 * Says how to make a copy of the process, which is born in a cgroup of v2.
 *
 * @param cgroup The way into the cgroup.
 * @param free The lowest free descriptor; the copy has to close it.
 * @param parent Whose child it is: this process's, or its parent's.
 * @returns What is done before, if anything, and the call.
 */
export function forkInto(
  cgroup: CgroupEntry,
  free: number,
  parent: "process" | "grandparent",
): { before: SystemCall[]; fork: SystemCall } {
  const isSibling = parent === "grandparent";
  const flags = isSibling ? CLONE_PARENT : 0;
  if ("files" in cgroup) {
    return { before: [], fork: { name: "clone", args: [flags | Signal.SIGCHLD] } };
  }
  // struct clone_args (clone(2)): flags, pidfd, child_tid, parent_tid, exit_signal, stack, its size,
  // tls, set_tid, its size, cgroup. A sibling's signal is this process's.
  const args = new BigUint64Array(11);
  args[0] = BigInt(flags) | CLONE_INTO_CGROUP;
  args[4] = isSibling ? 0n : BigInt(Signal.SIGCHLD);
  args[10] = BigInt(free);
  return {
    before: [openFile(cgroup.folder, OpenFlag.PATH | OpenFlag.DIRECTORY)],
    fork: { name: "clone3", args: [args, args.byteLength] },
  };
}

/**
 * Says how a process lets go of everything, and waits until it is killed.
 *
 * @returns The steps.
 */
export function stay(): SystemCall[] {
  return [
    { name: "close_range", args: [0, LAST_DESCRIPTOR, 0] },
    { name: "ppoll", args: [0, 0, 0, 0] },
  ];
}

/**
 * Says how to change the working directory within a container. Magic links are refused, so
 * `/proc/self/fd/N` cannot lead to the host (CVE-2024-21626).
 *
 * @param path An absolute path in the container.
 * @param free The lowest free descriptor.
 * @returns The steps.
 */
export function changeDirectory(path: string, free: number): SystemCall[] {
  // struct open_how (openat2(2)): flags, mode, resolve.
  const flags = OpenFlag.PATH | OpenFlag.DIRECTORY | OpenFlag.CLOEXEC;
  const how = BigUint64Array.of(BigInt(flags), 0n, BigInt(Resolve.NO_MAGICLINKS));
  const purpose = CHANGES_DIRECTORY;
  return [
    { name: "openat2", args: [AT_FDCWD, path, how, how.byteLength], purpose },
    { name: "fchdir", args: [free], purpose },
    { name: "close", args: [free] },
  ];
}

/**
 * Says how the terminal that is a process's standard input becomes that of its session.
 *
 * @returns The step.
 */
export function takeTerminal(): SystemCall {
  return { name: "ioctl", args: [0, TIOCSCTTY, 0] };
}
