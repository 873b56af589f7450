/**
 * The command line as `tsd run` needs it.
 *
 * The same as main.ts; but of this module the bundle has a file of its own, with the command in it.
 *
 * @module
 */

export { runCli } from "./main.ts";
