/**
 * What a container has mounted besides its root.
 *
 * @module
 */

export { type BindMount, checkBindSource, cleanPath, parseBind } from "./bind.ts";
export { parseTmpfs, type TmpfsMount } from "./tmpfs.ts";
