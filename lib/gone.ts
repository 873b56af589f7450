/**
 * Telling that a process or cgroup went away while a file of its was used.
 *
 * @module
 */

/**
 * Tells whether a file could not be used because what it tells of is gone.
 *
 * Such a file may go between being found and being read; then the kernel says ESRCH of a process
 * (proc(5)) and ENODEV of a cgroup (kernfs), for which Deno has no class, and no `code`.
 *
 * @param error What a function of Deno's has thrown.
 * @returns Whether it is.
 */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Error && /\(os error (?:3|19)\)/.test(error.message);
}

/**
 * Tells whether a file in sysfs could not be used because its network interface is gone, or just going:
 * then the kernel says EINVAL (net/core/net-sysfs.c).
 *
 * @param error What a function of Deno's has thrown.
 * @returns Whether it is.
 */
export function isGoneInterface(error: unknown): boolean {
  return isGone(error) || error instanceof Error && /\(os error 22\)/.test(error.message);
}
