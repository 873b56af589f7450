/**
 * Handing a descriptor of ours to another process by its path.
 *
 * @module
 */

/**
 * Names a descriptor of this process for a child that opens it, as a bare init does with a namespace.
 *
 * The path is good as long as this process lives. A child that opens it later may find a process that
 * has come by our pid: so it must be one that goes no further without us, as those are that wait for
 * more at the other end of a pipe or socket of ours.
 *
 * @param fd The descriptor, which stays open until the child has opened the path.
 * @returns The path.
 */
export function ownDescriptorPath(fd: number): string {
  return `/proc/${Deno.pid}/fd/${fd}`;
}
