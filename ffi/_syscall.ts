/**
 * System calls that glibc has no wrapper for, or whose wrapper does more than the call.
 *
 * @module
 */

/** Numbers that differ between the architectures (asm/unistd_64.h, asm-generic/unistd.h). */
const BY_ARCHITECTURE = {
  x86_64: {
    pivot_root: 155,
  },
  aarch64: {
    pivot_root: 41,
  },
} as const;

/** Call numbers of this machine. From 424 on all architectures share them. */
export const NUMBER = {
  ...BY_ARCHITECTURE[Deno.build.arch],
  pidfd_send_signal: 424,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_open: 434,
  openat2: 437,
  pidfd_getfd: 438,
  mount_setattr: 442,
} as const;
