/**
 * What version of the kernel this is.
 *
 * @module
 */

/**
 * Compares the kernel's version.
 *
 * @param wantedMajor The first number.
 * @param wantedMinor The second one.
 * @returns Whether it is that version or a later one.
 */
export function isKernelSince(wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * Whether the kernel tells how a process ended when its parent, or the kernel for it, has waited for
 * it already (PIDFD_GET_INFO).
 *
 * @returns Whether it is Linux 6.15 or later.
 */
export function keepsExitStatus(): boolean {
  return isKernelSince(6, 15);
}
