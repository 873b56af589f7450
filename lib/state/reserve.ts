/**
 * Room that is kept for the day the disk is full: for removals, and for recording how runs ended.
 *
 * ```text
 * TSD_ROOT/reserve/N    files of nothing, whose blocks and inodes are given back when they are needed
 * ```
 *
 * Without it a full disk could not be emptied: also what takes a record away has to be written.
 *
 * @module
 */

import { Errno, isErrno } from "../../ffi/error.ts";
import { close, open, OpenFlag } from "../../ffi/fd.ts";
import { allocate } from "../../ffi/file_system.ts";
import { storageFailure, unlessStorageFails } from "./storage_failure.ts";

// Several files, as a file system can run out of inodes as well; in all, what the write-ahead log
// takes before it is written back, which is 4 MB.
const FILES = 8;
const FILE_SIZE = 512 << 10;
const FILE_MODE = 0o600;

/**
 * Takes what the reserve lacks, as far as there is room; costs one look at a directory where it lacks
 * nothing.
 *
 * @param root The instance's `TSD_ROOT`.
 */
export function fillReserve(root: string): void {
  unlessStorageFails(() => {
    const directory = `${root}/reserve`;
    const present = names(directory);
    if (present.length === FILES) return;
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (let number = 0; number < FILES; number++) {
      if (!present.includes(`${number}`)) fill(`${directory}/${number}`);
    }
  });
}

/**
 * Does something again that had no room, with the reserve's, of which it takes back afterwards what is
 * left.
 *
 * @param root The instance's `TSD_ROOT`.
 * @param body What to do.
 * @returns What `body` returned.
 * @throws What `body` threw.
 */
export function withReserve<T>(root: string, body: () => T): T {
  giveBack(root);
  try {
    return body();
  } finally {
    fillReserve(root);
  }
}

/**
 * Does something that frees room; where it has none for itself, with the reserve's.
 *
 * @param root The instance's `TSD_ROOT`.
 * @param body What to do; done twice where it had no room the first time.
 * @returns What `body` returned.
 * @throws What `body` threw.
 */
export function freeing<T>(root: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (storageFailure(error) !== "full") throw error;
    return withReserve(root, body);
  }
}

/**
 * Does something that frees room and takes its time, as {@linkcode freeing} does.
 *
 * @param root The instance's `TSD_ROOT`.
 * @param body What to do; done twice where it had no room the first time.
 * @returns What `body` returned.
 * @throws What `body` threw.
 */
export async function freeingSlowly<T>(root: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (storageFailure(error) !== "full") throw error;
    giveBack(root);
    return await body();
  } finally {
    fillReserve(root);
  }
}

function giveBack(root: string): void {
  const directory = `${root}/reserve`;
  for (const name of names(directory)) {
    try {
      Deno.removeSync(`${directory}/${name}`);
    } catch (error) {
      // Another process gives it back as well.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function fill(path: string): void {
  const fd = open(path, OpenFlag.WRONLY | OpenFlag.CREAT, FILE_MODE);
  try {
    takeRoom(fd, path);
  } catch (error) {
    // Half of it would count as all of it.
    Deno.removeSync(path);
    throw error;
  } finally {
    close(fd);
  }
}

function takeRoom(fd: number, path: string): void {
  try {
    allocate(fd, FILE_SIZE);
  } catch (error) {
    if (!isErrno(error, Errno.EOPNOTSUPP)) throw error;
    Deno.writeFileSync(path, new Uint8Array(FILE_SIZE));
  }
}

function names(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
