/**
 * The types of objects that names may stand for.
 *
 * @module
 */

/** The types; where a name may be of several, the first counts, as in Docker. */
export const OBJECT_TYPES = ["container", "image", "network", "volume"] as const;

/** One of {@linkcode OBJECT_TYPES}. */
export type ObjectType = typeof OBJECT_TYPES[number];
