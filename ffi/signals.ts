/**
 * Signal numbers and dispositions (signal(7)).
 *
 * @module
 */

import { libc } from "./_libc.ts";

/** Signals by name (asm-generic/signal.h; amd64 and arm64 agree). */
export const Signal = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

/** The name of a signal. */
export type SignalName = keyof typeof Signal;

const LAST_SIGNAL = 64;
// struct sigaction { handler; sigset_t sa_mask (128); int sa_flags; sa_restorer; }: 152 bytes.
const SIGACTION_SIZE = 152;
const SIGSET_SIZE = 128;
const SIG_SETMASK = 2;

// int sigaction(int signum, const struct sigaction *act, struct sigaction *oldact);  sigaction(2)
const sigaction_ = libc("sigaction", { parameters: ["i32", "buffer", "buffer"], result: "i32" });
// int sigprocmask(int how, const sigset_t *set, sigset_t *oldset);                 sigprocmask(2)
const sigprocmask_ = libc("sigprocmask", {
  parameters: ["i32", "buffer", "buffer"],
  result: "i32",
});

const SIG_IGN = 1n;

/**
 * Ignores a signal. Of SIGCHLD it also means that children which end from now on are waited for by the
 * kernel, and leave no zombies (wait(2)).
 *
 * @param signal The signal's number.
 */
export function ignoreSignal(signal: number): void {
  const action = new Uint8Array(SIGACTION_SIZE);
  new DataView(action.buffer).setBigUint64(0, SIG_IGN, true);
  sigaction_(signal, action, null);
}

/**
 * Gives every signal its default disposition and unblocks all.
 *
 * What is ignored stays ignored over an execve, and this runtime ignores SIGPIPE: a program that
 * relies on dying of it (`yes | head`) would run on.
 */
export function resetSignals(): void {
  const byDefault = new Uint8Array(SIGACTION_SIZE);
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
    // SIGKILL, SIGSTOP and the two that glibc keeps for itself (32, 33) answer EINVAL: the former
    // have no disposition, the latter have handlers, which an execve removes.
    sigaction_(signal, byDefault, null);
  }
  sigprocmask_(SIG_SETMASK, new Uint8Array(SIGSET_SIZE), null);
}
