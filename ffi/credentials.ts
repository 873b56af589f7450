/**
 * A thread's identity and rights: user, groups, capabilities, privilege bits.
 *
 * The raw system calls are used: they act on the calling thread alone, where glibc's wrappers would
 * interrupt all threads to change them as well. The thread is about to execve, which ends the rest.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { NUMBER } from "./_syscall.ts";
import { check, Errno, isErrno } from "./error.ts";

const Prctl = {
  SET_KEEPCAPS: 8,
  CAPBSET_READ: 23,
  CAPBSET_DROP: 24,
  SET_NO_NEW_PRIVS: 38,
  CAP_AMBIENT: 47,
};
const PR_CAP_AMBIENT_RAISE = 2n;
const PR_CAP_AMBIENT_CLEAR_ALL = 4n;
// _LINUX_CAPABILITY_VERSION_3 (linux/capability.h): 64 bits as two words a set.
const CAPABILITY_VERSION = 0x20080522;
const KEYCTL_JOIN_SESSION_KEYRING = 1n;

// int prctl(int option, unsigned long arg2, arg3, arg4, arg5);                          prctl(2)
const prctl_ = libc("prctl", {
  parameters: ["i32", "usize", "usize", "usize", "usize"],
  result: "i32",
});
// long syscall(SYS_setgroups, size_t size, const gid_t *list);                      setgroups(2)
const setgroups_ = libc("syscall", { parameters: ["isize", "usize", "buffer"], result: "isize" });
// long syscall(SYS_setresgid, gid_t rgid, gid_t egid, gid_t sgid);                  setresgid(2)
const setresid_ = libc("syscall", {
  parameters: ["isize", "u32", "u32", "u32"],
  result: "isize",
});
// long syscall(SYS_capset, cap_user_header_t hdrp, const cap_user_data_t datap);       capset(2)
const capset_ = libc("syscall", { parameters: ["isize", "buffer", "buffer"], result: "isize" });
// long syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, const char *name);             keyctl(2)
const keyctl_ = libc("syscall", { parameters: ["isize", "usize", "buffer"], result: "isize" });

/** Capability sets as bit masks: bit N is capability N of capabilities(7). */
export interface CapabilitySets {
  /** What the process may use at once. */
  effective: bigint;
  /** What it may raise into effective. */
  permitted: bigint;
  /** What survives the execve of a file with inheritable capabilities. */
  inheritable: bigint;
}

/**
 * Sets the calling thread's supplementary groups (setgroups(2)).
 *
 * @param groups Group numbers.
 * @throws {SyscallError} The call failed.
 */
export function setGroups(groups: readonly number[]): void {
  const list = new Uint32Array(groups);
  const result = setgroups_(
    BigInt(NUMBER.setgroups),
    BigInt(list.length),
    list.length === 0 ? null : new Uint8Array(list.buffer),
  );
  check(Number(result), "setgroups", groups.join(" "));
}

/**
 * Sets the calling thread's group for good: real, effective and saved (setresgid(2)).
 *
 * @param gid The group's number.
 * @throws {SyscallError} The call failed.
 */
export function setGroup(gid: number): void {
  check(Number(setresid_(BigInt(NUMBER.setresgid), gid, gid, gid)), "setresgid", `${gid}`);
}

/**
 * Sets the calling thread's user for good: real, effective and saved (setresuid(2)).
 *
 * @param uid The user's number.
 * @throws {SyscallError} The call failed.
 */
export function setUser(uid: number): void {
  check(Number(setresid_(BigInt(NUMBER.setresuid), uid, uid, uid)), "setresuid", `${uid}`);
}

/**
 * Says whether permitted capabilities stay when the user changes from 0 (PR_SET_KEEPCAPS).
 *
 * @param on Whether they do; an execve clears it.
 * @throws {SyscallError} The call failed.
 */
export function setKeepCapabilities(on: boolean): void {
  check(prctl_(Prctl.SET_KEEPCAPS, on ? 1n : 0n, 0n, 0n, 0n), "prctl", "PR_SET_KEEPCAPS");
}

/**
 * Removes every capability from the bounding set but those given (PR_CAPBSET_DROP).
 *
 * @param keep The mask of those that stay.
 * @throws {SyscallError} The call failed.
 */
export function limitBoundingSet(keep: bigint): void {
  for (let capability = 0; capability < 64; capability++) {
    if ((keep >> BigInt(capability)) & 1n) continue;
    try {
      const result = prctl_(Prctl.CAPBSET_DROP, BigInt(capability), 0n, 0n, 0n);
      check(result, "prctl", `PR_CAPBSET_DROP ${capability}`);
    } catch (error) {
      // The first number this kernel does not know.
      if (isErrno(error, Errno.EINVAL)) return;
      throw error;
    }
  }
}

/**
 * Reads the bounding set (PR_CAPBSET_READ).
 *
 * @returns Its mask; beyond it no process here can grant anything.
 */
export function boundingSet(): bigint {
  let mask = 0n;
  for (let capability = 0; capability < 64; capability++) {
    const result = prctl_(Prctl.CAPBSET_READ, BigInt(capability), 0n, 0n, 0n);
    if (result === -1) return mask;
    if (result === 1) mask |= 1n << BigInt(capability);
  }
  return mask;
}

/**
 * Sets the calling thread's capabilities (capset(2)).
 *
 * @param sets The masks.
 * @throws {SyscallError} The call failed.
 */
export function setCapabilities(sets: CapabilitySets): void {
  const header = new Uint32Array([CAPABILITY_VERSION, 0]);
  const word = (mask: bigint, index: number) => Number((mask >> BigInt(32 * index)) & 0xffffffffn);
  const data = new Uint32Array([0, 1].flatMap((index) => [
    word(sets.effective, index),
    word(sets.permitted, index),
    word(sets.inheritable, index),
  ]));
  const result = capset_(
    BigInt(NUMBER.capset),
    new Uint8Array(header.buffer),
    new Uint8Array(data.buffer),
  );
  check(Number(result), "capset", `0x${sets.permitted.toString(16)}`);
}

/**
 * Sets the ambient set (PR_CAP_AMBIENT): what a user other than 0 keeps over an execve.
 *
 * @param mask Its capabilities, all of them permitted and inheritable.
 * @throws {SyscallError} The call failed.
 */
export function setAmbientCapabilities(mask: bigint): void {
  check(prctl_(Prctl.CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0n, 0n, 0n), "prctl", "CLEAR_ALL");
  for (let capability = 0n; capability < 64n; capability++) {
    if (!((mask >> capability) & 1n)) continue;
    const result = prctl_(Prctl.CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0n, 0n);
    check(result, "prctl", `PR_CAP_AMBIENT_RAISE ${capability}`);
  }
}

/**
 * Makes sure that no execve gives this thread more rights than it has (PR_SET_NO_NEW_PRIVS).
 *
 * @throws {SyscallError} The call failed.
 */
export function setNoNewPrivileges(): void {
  check(prctl_(Prctl.SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n), "prctl", "PR_SET_NO_NEW_PRIVS");
}

/**
 * Gives the process a session keyring of its own, so that it cannot reach the one of whoever started
 * it (keyctl(2)).
 *
 * @returns Whether the kernel did; one without keyrings, or a filter around us, refuses.
 */
export function joinNewKeyring(): boolean {
  return Number(keyctl_(BigInt(NUMBER.keyctl), KEYCTL_JOIN_SESSION_KEYRING, null)) !== -1;
}
