/**
 * The kernel: one function a system call, nothing else.
 *
 * @module
 */

export { openLibc, prepareErrno } from "./_libc.ts";
export * from "./call_continuation.ts";
export * from "./call_program.ts";
export * from "./credentials.ts";
export * from "./descriptor_passing.ts";
export * from "./directory_entry.ts";
export * from "./epoll.ts";
export * from "./error.ts";
export * from "./fd.ts";
export * from "./file_system.ts";
export * from "./flock.ts";
export * from "./host_program.ts";
export * from "./init_program.ts";
export * from "./inotify.ts";
export * from "./memory.ts";
export * from "./memory_file.ts";
export * from "./mount.ts";
export * from "./namespaces.ts";
export * from "./net_interface.ts";
export * from "./netlink.ts";
export * from "./openat.ts";
export * from "./ownership.ts";
export * from "./process.ts";
export * from "./rlimit.ts";
export * from "./signals.ts";
export * from "./socket.ts";
export * from "./spawn.ts";
export * from "./splice.ts";
export * from "./statx.ts";
export * from "./system_call.ts";
export * from "./terminal.ts";
export * from "./user_signal.ts";
export * from "./xattr.ts";
