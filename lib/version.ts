/**
 * The program's version.
 *
 * @module
 */

/** The version, as `tsd --version` says it. */
export const VERSION = "0.1.0";
