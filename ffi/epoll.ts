/**
 * Waiting for many descriptors at once (epoll(7)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check, Errno, isErrno } from "./error.ts";

/**
 * What to wait for, and what happened (sys/epoll.h). With `ET` it is told once for each change, not as
 * long as it is so.
 */
export const EpollEvent = { IN: 0x1, OUT: 0x4, ERR: 0x8, HUP: 0x10, ET: 0x80000000 } as const;

const EPOLL_CLOEXEC = 0o2000000;
const Operation = { ADD: 1, DEL: 2, MOD: 3 };
// struct epoll_event { u32 events; u64 data; }: packed on x86-64 only (linux/eventpoll.h).
const PACKED = Deno.build.arch === "x86_64";
const EVENT_SIZE = PACKED ? 12 : 16;
const DATA_OFFSET = PACKED ? 4 : 8;

// int epoll_create1(int flags);                                                 epoll_create1(2)
const epollCreate1_ = libc("epoll_create1", { parameters: ["i32"], result: "i32" });
// int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);               epoll_ctl(2)
const epollCtl_ = libc("epoll_ctl", {
  parameters: ["i32", "i32", "i32", "buffer"],
  result: "i32",
});
// int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout);
//                                                                                  epoll_wait(2)
const epollWait_ = libc("epoll_wait", {
  parameters: ["i32", "buffer", "i32", "i32"],
  result: "i32",
});
// The same on a pool thread, so that the event loop goes on meanwhile. Its errno is out of reach.
const epollWaitInPool_ = libc("epoll_wait", {
  parameters: ["i32", "buffer", "i32", "i32"],
  result: "i32",
  nonblocking: true,
});

/** A descriptor that has something to do. */
export interface ReadyDescriptor {
  /** The descriptor. */
  fd: number;
  /** Bits of {@linkcode EpollEvent}. */
  events: number;
  /** What {@linkcode epollAdd} was given. */
  registration: number;
}

/**
 * Creates an epoll instance (epoll_create1(2)).
 *
 * @returns Its descriptor, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function epollCreate(): number {
  return check(epollCreate1_(EPOLL_CLOEXEC), "epoll_create1", "");
}

/**
 * Starts to watch a descriptor (epoll_ctl(2)).
 *
 * @param epoll The epoll instance.
 * @param fd The descriptor.
 * @param events Bits of {@linkcode EpollEvent}; `ERR` and `HUP` are always watched.
 * @param registration Of 32 bits; tells, where descriptors are closed while {@linkcode epollWait} is
 * under way, whether what it returns is of this descriptor or of an earlier one with its number.
 * @throws {SyscallError} The call failed.
 */
export function epollAdd(epoll: number, fd: number, events: number, registration = 0): void {
  const event = encode({ fd, events, registration });
  check(epollCtl_(epoll, Operation.ADD, fd, event), "epoll_ctl", `add ${fd}`);
}

/**
 * Changes what a descriptor is watched for (epoll_ctl(2)).
 *
 * @param epoll The epoll instance.
 * @param fd A watched descriptor.
 * @param events Bits of {@linkcode EpollEvent}.
 * @param registration As for {@linkcode epollAdd}.
 * @throws {SyscallError} The call failed.
 */
export function epollModify(epoll: number, fd: number, events: number, registration = 0): void {
  const event = encode({ fd, events, registration });
  check(epollCtl_(epoll, Operation.MOD, fd, event), "epoll_ctl", `modify ${fd}`);
}

/**
 * Stops watching a descriptor (epoll_ctl(2)).
 *
 * @param epoll The epoll instance.
 * @param fd A watched descriptor.
 * @throws {SyscallError} The call failed.
 */
export function epollRemove(epoll: number, fd: number): void {
  const event = encode({ fd, events: 0, registration: 0 });
  check(epollCtl_(epoll, Operation.DEL, fd, event), "epoll_ctl", `remove ${fd}`);
}

/**
 * Waits until a watched descriptor is ready, without holding up the event loop (epoll_wait(2)).
 *
 * @param epoll The epoll instance.
 * @param most How many descriptors to return at most.
 * @returns Those that are ready, at least one.
 * @throws {SyscallError} The call failed.
 */
export async function epollWait(epoll: number, most: number): Promise<ReadyDescriptor[]> {
  const buffer = new Uint8Array(EVENT_SIZE * most);
  while (true) {
    let count = await epollWaitInPool_(epoll, buffer, most, -1);
    // On failure ask again on this thread, whose errno can be read, without waiting.
    if (count === -1) count = epollPoll(epoll, buffer, most);
    if (count > 0) return decode(buffer, count);
  }
}

function epollPoll(epoll: number, buffer: Uint8Array<ArrayBuffer>, most: number): number {
  try {
    return check(epollWait_(epoll, buffer, most, 0), "epoll_wait", "");
  } catch (error) {
    if (isErrno(error, Errno.EINTR)) return 0;
    throw error;
  }
}

// The 64 bits of data: the descriptor, and which registration of it.
function encode({ events, fd, registration }: ReadyDescriptor): Uint8Array<ArrayBuffer> {
  const event = new Uint8Array(EVENT_SIZE);
  const view = new DataView(event.buffer);
  view.setUint32(0, events, true);
  view.setInt32(DATA_OFFSET, fd, true);
  view.setUint32(DATA_OFFSET + 4, registration, true);
  return event;
}

function decode(buffer: Uint8Array<ArrayBuffer>, count: number): ReadyDescriptor[] {
  const view = new DataView(buffer.buffer);
  return Array.from({ length: count }, (_, index) => ({
    events: view.getUint32(index * EVENT_SIZE, true),
    fd: view.getInt32(index * EVENT_SIZE + DATA_OFFSET, true),
    registration: view.getUint32(index * EVENT_SIZE + DATA_OFFSET + 4, true),
  }));
}
