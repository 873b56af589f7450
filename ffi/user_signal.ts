/**
 * SIGUSR1, kept from the runtime.
 *
 * Half a second after its start the runtime (since Deno 2.9.2) handles SIGUSR1 by opening an inspector
 * on 127.0.0.1:9229: a debugger that asks nobody who they are, in a process of root. No flag prevents
 * that, and a disposition set before is replaced. But the runtime installs its handler for a signal
 * once, with whoever listens first. So a listener is added before, for the runtime to have done so,
 * and then the kernel is told another handler, which stays.
 *
 * ```text
 *   as long as it is blocked, from before the runtime starts    the signal waits
 *   ignoreUserSignal()                                          a handler that does nothing
 *   onUserSignal()                                              a handler that raises SIGSTKFLT,
 *                                                               which no kernel sends and the
 *                                                               runtime lets us listen to
 * ```
 *
 * Neither is `SIG_IGN`, which programs that are started from here would inherit; for them the signal is
 * also no longer blocked in the thread that starts them.
 *
 * @module
 */

import { libc, libcAddress } from "./_libc.ts";
import { check } from "./error.ts";

// int sigaction(int signum, const struct sigaction *act, struct sigaction *oldact);  sigaction(2)
const sigaction_ = libc("sigaction", { parameters: ["i32", "buffer", "buffer"], result: "i32" });
// int pthread_sigmask(int how, const sigset_t *set, sigset_t *oldset);         pthread_sigmask(3)
const pthreadSigmask_ = libc("pthread_sigmask", {
  parameters: ["i32", "buffer", "buffer"],
  result: "i32",
});
// void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);       mmap(2)
const mmap_ = libc("mmap", {
  parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"],
  result: "pointer",
});
// int mprotect(void *addr, size_t len, int prot);                                     mprotect(2)
const mprotect_ = libc("mprotect", { parameters: ["pointer", "usize", "i32"], result: "i32" });

// asm-generic/signal.h; a module that every start loads is to be small.
const SIGUSR1 = 10;
// struct sigaction of glibc: { handler; sigset_t sa_mask (128); int sa_flags; sa_restorer; }.
const SIGACTION_SIZE = 152;
const FLAGS_OFFSET = 136;
const SA_RESTART = 0x10000000;
const SIGSET_SIZE = 128;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;
// asm-generic/mman-common.h
const Protection = { READ: 1, WRITE: 2, EXEC: 4 } as const;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_FAILED = 2n ** 64n - 1n;
const PAGE_SIZE = 0x1000n;

/** `kill(getpid(), SIGSTKFLT)`, from "as"; system calls leave `errno` to whom it interrupts. */
const RAISE_CODE = {
  "x86_64": new Uint8Array([
    ...[0xb8, 0x27, 0x00, 0x00, 0x00], //  mov  eax, 39 = getpid
    ...[0x0f, 0x05], //                    syscall
    ...[0x89, 0xc7], //                    mov  edi, eax
    ...[0xbe, 0x10, 0x00, 0x00, 0x00], //  mov  esi, 16 = SIGSTKFLT
    ...[0xb8, 0x3e, 0x00, 0x00, 0x00], //  mov  eax, 62 = kill
    ...[0x0f, 0x05], //                    syscall
    ...[0xc3], //                          ret
  ]),
  "aarch64": new Uint8Array(
    Uint32Array.of(
      0xd2801588, //  mov  x8, #172 = getpid
      0xd4000001, //  svc  #0
      0xd2800201, //  mov  x1, #16 = SIGSTKFLT
      0xd2801028, //  mov  x8, #129 = kill
      0xd4000001, //  svc  #0
      0xd65f03c0, //  ret
    ).buffer,
  ),
};

interface State {
  isGuarded: boolean;
  isTaken: boolean;
  isPassedOn: boolean;
  listeners: Set<() => void>;
}

// Files of the bundle have copies of this module, and the process has one SIGUSR1.
const STATE = Symbol.for("tsd.user-signal");
const state = (globalThis as { [STATE]?: State })[STATE] ??= {
  isGuarded: false,
  isTaken: false,
  isPassedOn: false,
  listeners: new Set(),
};

/**
 * Has SIGUSR1 open no debugger: looks whether it waits anyway, and ignores it otherwise.
 *
 * @throws {SyscallError} It cannot be handled.
 */
export function guardUserSignal(): void {
  if (state.isGuarded) return;
  state.isGuarded = true;
  if (!isBlocked()) ignoreUserSignal();
}

function isBlocked(): boolean {
  const mask = /^SigBlk:\t([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return (BigInt(`0x${mask}`) >> BigInt(SIGUSR1 - 1) & 1n) === 1n;
}

/**
 * Has SIGUSR1 do nothing from here on, unless it is listened to: neither here nor to the programs that
 * are started from here.
 *
 * @throws {SyscallError} It cannot be handled.
 */
export function ignoreUserSignal(): void {
  if (state.isTaken) return;
  state.isTaken = true;
  Deno.addSignalListener("SIGUSR1", () => {});
  // Any function of one number that depends on nothing and changes nothing.
  handle(libcAddress("abs"));
  change(SIG_UNBLOCK);
}

/**
 * Listens to SIGUSR1, and ignores it once nobody listens any more.
 *
 * @param listener Is called for each, where they do not come faster than that.
 * @returns Stops listening.
 * @throws {SyscallError} There is no memory for the handler.
 */
export function onUserSignal(listener: () => void): Disposable {
  state.listeners.add(listener);
  if (!state.isPassedOn) {
    state.isPassedOn = true;
    state.isTaken = true;
    Deno.addSignalListener("SIGSTKFLT", () => state.listeners.forEach((listener) => listener()));
    Deno.addSignalListener("SIGUSR1", () => {});
    handle(executable(RAISE_CODE[Deno.build.arch]));
    change(SIG_UNBLOCK);
  }
  return { [Symbol.dispose]: () => state.listeners.delete(listener) };
}

/**
 * Starts something that SIGUSR1 is blocked in: this runtime, which is to take it over itself.
 *
 * @param start Starts it, on this thread.
 * @returns What that returns.
 */
export function withUserSignalBlocked<T>(start: () => T): T {
  ignoreUserSignal();
  change(SIG_BLOCK);
  try {
    return start();
  } finally {
    change(SIG_UNBLOCK);
  }
}

function handle(handler: bigint): void {
  const action = new Uint8Array(SIGACTION_SIZE);
  const view = new DataView(action.buffer);
  view.setBigUint64(0, handler, true);
  view.setInt32(FLAGS_OFFSET, SA_RESTART, true);
  check(sigaction_(SIGUSR1, action, null), "sigaction", "SIGUSR1");
}

function change(how: number): void {
  const set = new Uint8Array(SIGSET_SIZE);
  new DataView(set.buffer).setBigUint64(0, 1n << BigInt(SIGUSR1 - 1), true);
  pthreadSigmask_(how, set, null);
}

/** Copies code to memory of its own, for as long as the process lives. */
function executable(code: Uint8Array): bigint {
  const writable = Protection.READ | Protection.WRITE;
  const memory = mmap_(null, PAGE_SIZE, writable, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0n);
  const address = Deno.UnsafePointer.value(memory);
  check(address === MAP_FAILED ? -1 : 0, "mmap", "a page");
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(memory!, code.length)).set(code);
  // arm64 fetches instructions past its data cache, which the fault of a page's first execution cleans.
  check(mprotect_(memory, PAGE_SIZE, Protection.READ | Protection.EXEC), "mprotect", "a page");
  return address;
}
