/**
 * Saying what to do about a disk that is full or read-only.
 *
 * @module
 */

import { type FileSystemRoom, fileSystemRoom } from "../../ffi/file_system.ts";
import { describeError, EngineError } from "../errors.ts";
import { storageFailure } from "./storage_failure.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const UNIT_STEP = 1000;
// A file system of which less than that part of the inodes is left has run out of them.
const FEW_FILES = 1000;

/**
 * Adds to an error of a disk how much room there is, and what to type.
 *
 * @param error Anything that was thrown.
 * @param root The instance's `TSD_ROOT`.
 * @returns The error to report: the same where it is about something else, or another disk.
 */
export function withStorageAdvice(error: unknown, root: string): unknown {
  const advice = storageFailure(error) === "full" ? fullAdvice(root) : undefined;
  if (advice === undefined) return error;
  const kind = error instanceof EngineError ? error.kind : "system";
  return new EngineError(`${describeError(error)}: ${advice}`, { kind, cause: error });
}

// With more than that there is room: it is another file system that has none.
const PLENTY = 64 << 20;

/** Nothing where the instance's file system has room. */
function fullAdvice(root: string): string | undefined {
  let room: FileSystemRoom;
  try {
    room = fileSystemRoom(root);
  } catch {
    // What was to be said about it is said without.
    return undefined;
  }
  const { files, free, freeFiles, size } = room;
  const isShortOfFiles = files > 0 && freeFiles * FEW_FILES < files;
  if (free > PLENTY && !isShortOfFiles) return undefined;
  const left = isShortOfFiles
    ? `${freeFiles} of ${files} inodes`
    : `${formatBytes(free)} of ${formatBytes(size)}`;
  return `the file system of ${root} has ${left} free; free some with: tsd system prune`;
}

/**
 * Says a number of bytes as `df -H` does.
 *
 * @param bytes The number.
 * @returns A few digits and a unit.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= UNIT_STEP && unit < UNITS.length - 1; unit++) value /= UNIT_STEP;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}
