/**
 * Namespaces (namespaces(7)).
 *
 * All of these act on the calling thread alone; what that means for a process with several threads
 * is said in docs/architecture.md.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString } from "./_cstring.ts";
import { check } from "./error.ts";

/** Which namespaces to leave or join (linux/sched.h). */
export const CloneFlag = {
  FS: 0x00000200,
  NEWTIME: 0x00000080,
  NEWNS: 0x00020000,
  NEWCGROUP: 0x02000000,
  NEWUTS: 0x04000000,
  NEWIPC: 0x08000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const;

// int unshare(int flags);                                                             unshare(2)
const unshare_ = libc("unshare", { parameters: ["i32"], result: "i32" });
// int setns(int fd, int nstype);                                                        setns(2)
const setns_ = libc("setns", { parameters: ["i32", "i32"], result: "i32" });
// int sethostname(const char *name, size_t len);                                  sethostname(2)
const sethostname_ = libc("sethostname", { parameters: ["buffer", "usize"], result: "i32" });
// int setdomainname(const char *name, size_t len);                              setdomainname(2)
const setdomainname_ = libc("setdomainname", { parameters: ["buffer", "usize"], result: "i32" });

/**
 * Moves the calling thread into new namespaces (unshare(2)).
 *
 * With `NEWPID` the thread itself stays: its next child is PID 1 of the new namespace.
 *
 * @param flags Bits of {@linkcode CloneFlag}.
 * @throws {SyscallError} The call failed.
 */
export function unshare(flags: number): void {
  check(unshare_(flags), "unshare", `0x${flags.toString(16)}`);
}

/**
 * Moves the calling thread into an existing namespace (setns(2)).
 *
 * @param fd A descriptor of a `/proc/PID/ns` file, or a pidfd.
 * @param flags Which kind it must be, bits of {@linkcode CloneFlag}; 0 for any.
 * @throws {SyscallError} The call failed.
 */
export function setns(fd: number, flags: number): void {
  check(setns_(fd, flags), "setns", `0x${flags.toString(16)}`);
}

/**
 * Sets the host name of the UTS namespace (sethostname(2)).
 *
 * @param name At most 64 bytes.
 * @throws {SyscallError} The call failed.
 */
export function setHostname(name: string): void {
  const bytes = cString(name);
  check(sethostname_(bytes, BigInt(bytes.length - 1)), "sethostname", name);
}

/**
 * Sets the NIS domain name of the UTS namespace (setdomainname(2)).
 *
 * @param name At most 64 bytes.
 * @throws {SyscallError} The call failed.
 */
export function setDomainname(name: string): void {
  const bytes = cString(name);
  check(setdomainname_(bytes, BigInt(bytes.length - 1)), "setdomainname", name);
}
