/**
 * Which network a container has.
 *
 * @module
 */

/**
 * `none`: its own loopback only; `host`: the host's; `container:ID`: that of a running container;
 * otherwise the name of the first network that it is connected to.
 */
export type NetworkMode = string;

const SHARED = "container:";

/**
 * Tells whether a container may be connected to networks.
 *
 * @param mode Which network it has.
 * @returns Whether it may: it has a network namespace of its own, and not to be alone in it.
 */
export function isConnected(mode: NetworkMode): boolean {
  return mode !== "none" && mode !== "host" && !mode.startsWith(SHARED);
}

/**
 * Tells whose network a container has.
 *
 * @param mode Which network it has.
 * @returns The other container's id, or whatever names it; nothing where it is not another one's.
 */
export function sharedWith(mode: NetworkMode): string | undefined {
  return mode.startsWith(SHARED) ? mode.slice(SHARED.length) : undefined;
}
