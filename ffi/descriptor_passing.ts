/**
 * Passing descriptors to another process (unix(7), SCM_RIGHTS).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";
import { makeSystemCall } from "./system_call.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
// struct cmsghdr: u64 length, i32 level, i32 type (cmsg(3)).
const HEADER_SIZE = 16;

// int socketpair(int domain, int type, int protocol, int sv[2]);                    socketpair(2)
const socketpair_ = libc("socketpair", {
  parameters: ["i32", "i32", "i32", "buffer"],
  result: "i32",
});

/**
 * Creates a pair of connected sockets of bytes in order.
 *
 * @returns Both, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function socketPair(): [number, number] {
  const pair = new Int32Array(2);
  check(socketpair_(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair", "AF_UNIX");
  return [pair[0]!, pair[1]!];
}

/**
 * Sends descriptors, with one byte that they come along with.
 *
 * @param socket A unix socket.
 * @param descriptors The descriptors; the receiver gets others that mean the same.
 * @throws {SyscallError} `EPIPE`: nobody is there to receive them.
 */
export function sendDescriptors(socket: number, descriptors: readonly number[]): void {
  const length = HEADER_SIZE + 4 * descriptors.length;
  const control = new Uint8Array(Math.ceil(length / 8) * 8);
  const view = new DataView(control.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, SOL_SOCKET, true);
  view.setInt32(12, SCM_RIGHTS, true);
  descriptors.forEach((fd, index) => view.setInt32(HEADER_SIZE + 4 * index, fd, true));
  const part = { words: [new Uint8Array(1), 1] };
  // struct msghdr (sendmsg(2)): name, its length, parts, how many, control, its length, flags.
  const message = { words: [0, 0, part, 1, control, control.length, 0] };
  makeSystemCall({ name: "sendmsg", args: [socket, message, MSG_NOSIGNAL] });
}
