/**
 * What an instance keeps on disk: its folders and its database.
 *
 * @module
 */

export {
  Database,
  isReferenceViolation,
  isUniqueViolation,
  type Row,
  type Value,
} from "./database.ts";
export { fillReserve, freeing, freeingSlowly } from "./reserve.ts";
export { type StorageFailure, storageFailure, unlessStorageFails } from "./storage_failure.ts";
export { replaceFile, type ReplaceFileOptions } from "./replace_file.ts";
export { closeToOthers, createRoot, createRun } from "./private_directories.ts";
export { removeTree } from "./remove_tree.ts";
export { type EngineEvent, isRecorded, readEvents, recordEvent } from "./events.ts";
export { DEFAULT_ROOT, DEFAULT_RUN, resolveRoots, type Roots, type RootsOptions } from "./roots.ts";
