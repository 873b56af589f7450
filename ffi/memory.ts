/**
 * Giving memory back to the kernel.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";

// int madvise(void *addr, size_t length, int advice);                                  madvise(2)
const madvise_ = libc("madvise", { parameters: ["u64", "usize", "i32"], result: "i32" });
// int malloc_trim(size_t pad);                                                     malloc_trim(3)
const mallocTrim_ = libc("malloc_trim", { parameters: ["usize"], result: "i32" });

// asm-generic/mman-common.h
const MADV_DONTNEED = 4;

/**
 * Forgets the pages of a range of this process's memory (MADV_DONTNEED of madvise(2)): the next access
 * reads those of a mapped file anew, and finds others full of zeros.
 *
 * @param address Where the range begins: a page's address.
 * @param length Bytes, whole pages.
 * @throws {SyscallError} The call failed.
 */
export function forgetPages(address: bigint, length: bigint): void {
  check(madvise_(address, length, MADV_DONTNEED), "madvise", `0x${address.toString(16)}`);
}

/** Gives back what the C library's allocator keeps although it is free (malloc_trim(3)). */
export function trimAllocator(): void {
  mallocTrim_(0n);
}
