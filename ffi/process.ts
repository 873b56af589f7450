/**
 * Processes: pidfds, signals, exit status, execve.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString, cStringArray } from "./_cstring.ts";
import { NUMBER } from "./_syscall.ts";
import { check, Errno, isErrno } from "./error.ts";

const WNOHANG = 1;
const PR_SET_DUMPABLE = 4;

// pid_t getpid(void);                                                                  getpid(2)
const getpid_ = libc("getpid", { parameters: [], result: "i32" });
// pid_t setsid(void);                                                                  setsid(2)
const setsid_ = libc("setsid", { parameters: [], result: "i32" });
// int kill(pid_t pid, int sig);                                                          kill(2)
const kill_ = libc("kill", { parameters: ["i32", "i32"], result: "i32" });
// pid_t waitpid(pid_t pid, int *wstatus, int options);                                   wait(2)
const waitpid_ = libc("waitpid", { parameters: ["i32", "buffer", "i32"], result: "i32" });
// int execve(const char *pathname, char *const argv[], char *const envp[]);            execve(2)
const execve_ = libc("execve", { parameters: ["buffer", "buffer", "buffer"], result: "i32" });
// long syscall(SYS_pidfd_open, pid_t pid, unsigned flags);                         pidfd_open(2)
const pidfdOpen_ = libc("syscall", { parameters: ["isize", "i32", "u32"], result: "isize" });
// long syscall(SYS_pidfd_getfd, int pidfd, int targetfd, unsigned flags);         pidfd_getfd(2)
const pidfdGetfd_ = libc("syscall", {
  parameters: ["isize", "i32", "i32", "u32"],
  result: "isize",
});
// long syscall(SYS_pidfd_send_signal, int pidfd, int sig, siginfo_t *info, unsigned flags);
//                                                                           pidfd_send_signal(2)
const pidfdSendSignal_ = libc("syscall", {
  parameters: ["isize", "i32", "i32", "buffer", "u32"],
  result: "isize",
});
// int ioctl(int fd, unsigned long request, void *argp);                                 ioctl(2)
const ioctl_ = libc("ioctl", { parameters: ["i32", "usize", "buffer"], result: "i32" });
// int prctl(int option, unsigned long arg2, arg3, arg4, arg5);                          prctl(2)
const prctl_ = libc("prctl", {
  parameters: ["i32", "usize", "usize", "usize", "usize"],
  result: "i32",
});
// mode_t umask(mode_t mask);                                                            umask(2)
const umask_ = libc("umask", { parameters: ["u32"], result: "u32" });

/** How a process ended. */
export type ExitStatus =
  | { kind: "exited"; code: number }
  | { kind: "signaled"; signal: number };

/**
 * Tells this process's pid in its own PID namespace.
 *
 * `Deno.pid` is read at start; they agree.
 *
 * @returns The pid; 1 for a container's init.
 */
export function getpid(): number {
  return getpid_();
}

/**
 * Starts a session without a controlling terminal (setsid(2)).
 *
 * @throws {SyscallError} The process leads a process group already.
 */
export function setsid(): void {
  check(setsid_(), "setsid", "");
}

/**
 * Sends a signal (kill(2)).
 *
 * @param pid A process that is ours to signal: a child not waited for, so its pid cannot be another's.
 * @param signal The signal's number; 0 only checks.
 * @throws {SyscallError} The call failed.
 */
export function kill(pid: number, signal: number): void {
  check(kill_(pid, signal), "kill", `${pid} with signal ${signal}`);
}

/**
 * Refers to a process by descriptor (pidfd_open(2), Linux 5.3); readable once it has ended.
 *
 * @param pid A running process, or a zombie.
 * @returns The descriptor, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function pidfdOpen(pid: number): number {
  return check(Number(pidfdOpen_(BigInt(NUMBER.pidfd_open), pid, 0)), "pidfd_open", `${pid}`);
}

/**
 * Duplicates another process's descriptor (pidfd_getfd(2), Linux 5.6).
 *
 * @param pidfd The process.
 * @param fd The descriptor's number over there.
 * @returns Our descriptor of the same open file, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function pidfdGetfd(pidfd: number, fd: number): number {
  const result = pidfdGetfd_(BigInt(NUMBER.pidfd_getfd), pidfd, fd, 0);
  return check(Number(result), "pidfd_getfd", `${fd}`);
}

/**
 * Sends a signal to exactly the process a descriptor refers to (pidfd_send_signal(2)).
 *
 * @param pidfd The process.
 * @param signal The signal's number; 0 only checks.
 * @throws {SyscallError} The call failed; `ESRCH`: it has ended and was waited for.
 */
export function pidfdSendSignal(pidfd: number, signal: number): void {
  const result = pidfdSendSignal_(BigInt(NUMBER.pidfd_send_signal), pidfd, signal, null, 0);
  check(Number(result), "pidfd_send_signal", `signal ${signal}`);
}

/**
 * Takes a child's exit status, if it has ended (waitpid(2), WNOHANG).
 *
 * @param pid A child of this process.
 * @returns How it ended, or nothing while it runs.
 * @throws {SyscallError} `ECHILD`: it is not, or no longer, a child of ours.
 */
export function reap(pid: number): ExitStatus | undefined {
  const status = new Int32Array(1);
  const result = check(waitpid_(pid, status, WNOHANG), "waitpid", `${pid}`);
  return result === 0 ? undefined : exitStatus(status[0]!);
}

/**
 * Waits for the end of a child that is known to end at once (waitpid(2)).
 *
 * @param pid A child of this process.
 * @returns How it ended.
 * @throws {SyscallError} `ECHILD`: it is not, or no longer, a child of ours.
 */
export function waitFor(pid: number): ExitStatus {
  const status = new Int32Array(1);
  check(waitpid_(pid, status, 0), "waitpid", `${pid}`);
  return exitStatus(status[0]!);
}

/**
 * Takes the status word of wait(2) apart.
 *
 * @param status What wait(2), or field 52 of `/proc/PID/stat`, gives.
 * @returns How the process ended.
 */
export function exitStatus(status: number): ExitStatus {
  const signal = status & 0x7f;
  return signal === 0
    ? { kind: "exited", code: (status >> 8) & 0xff }
    : { kind: "signaled", signal };
}

// ioctl numbers and struct of linux/pidfd.h: _IOWR(0xFF, 11, 64 bytes), as Linux 6.15 knows it.
const PIDFD_GET_INFO = 0xc040ff0bn;
const PIDFD_INFO_EXIT = 1n << 3n;
const PIDFD_INFO_SIZE = 64;
const PIDFD_INFO_EXIT_CODE_OFFSET = 60;

/**
 * Asks for the exit status of a process that is not our child (PIDFD_GET_INFO, Linux 6.15).
 *
 * @param pidfd Opened before it ended.
 * @returns How it ended; nothing where the kernel is older or its parent has not waited for it yet.
 */
export function pidfdExitStatus(pidfd: number): ExitStatus | undefined {
  const info = new Uint8Array(PIDFD_INFO_SIZE);
  const view = new DataView(info.buffer);
  view.setBigUint64(0, PIDFD_INFO_EXIT, true);
  try {
    check(ioctl_(pidfd, PIDFD_GET_INFO, info), "ioctl", "PIDFD_GET_INFO");
  } catch (error) {
    if (isErrno(error, Errno.ESRCH, Errno.EINVAL, 25 /* ENOTTY */)) return undefined;
    throw error;
  }
  if ((view.getBigUint64(0, true) & PIDFD_INFO_EXIT) === 0n) return undefined;
  return exitStatus(view.getInt32(PIDFD_INFO_EXIT_CODE_OFFSET, true));
}

/**
 * Becomes another program (execve(2)); returns only by throwing.
 *
 * @param path The executable.
 * @param args `argv`, the name included.
 * @param env The whole environment, `KEY=value` each.
 * @throws {SyscallError} The call failed.
 */
export function execve(path: string, args: readonly string[], env: readonly string[]): never {
  check(execve_(cString(path), cStringArray(args), cStringArray(env)), "execve", path);
  throw new Error("execve returned");
}

/**
 * Keeps other processes of the same user away from this one's memory and `/proc` files
 * (PR_SET_DUMPABLE of prctl(2)), until the next execve.
 *
 * @param on Whether they may look.
 * @throws {SyscallError} The call failed.
 */
export function setDumpable(on: boolean): void {
  check(prctl_(PR_SET_DUMPABLE, on ? 1n : 0n, 0n, 0n, 0n), "prctl", "PR_SET_DUMPABLE");
}

/**
 * Sets the mask of permission bits that new files do not get (umask(2)).
 *
 * @param mask The bits.
 * @returns The mask until now.
 */
export function umask(mask: number): number {
  return umask_(mask);
}
