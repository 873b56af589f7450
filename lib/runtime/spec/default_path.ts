/**
 * Where executables are looked for in a container whose environment does not say.
 *
 * @module
 */

/** As Docker has it, and runc if `process.env` lacks one. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
