/**
 * Reading a log in the format of Docker's json-file driver.
 *
 * @module
 */

import { LogFileReader } from "./file_reader.ts";
import { rotatedNumbers } from "./files.ts";
import type { LogRecord } from "./record.ts";
import type { LogFollower } from "./follower.ts";
import { comparableTime } from "./time.ts";

/** What of a log is read. */
export interface ReadLogOptions {
  /** Only so many records from the end; absent, all. As in Docker, this comes before the times. */
  tail?: number | undefined;
  /** Only records that are not older, in nanoseconds since the epoch. */
  since?: bigint | undefined;
  /** Only records that are not newer, in nanoseconds since the epoch. */
  until?: bigint | undefined;
  /** Goes on with what is written later, until the container has ended; absent, it does not. */
  follow?: FollowOptions | undefined;
  /** Aborts the reading, which then throws its reason. */
  signal?: AbortSignal | undefined;
}

/** How long a log is followed. */
export interface FollowOptions {
  /** Settles once nothing more will be written; all that was written by then is read. */
  ended: Promise<unknown>;
}

/**
 * Reads a log record by record, over all its files, the oldest first.
 *
 * @param path The log.
 * @param options What of it.
 * @returns The records; none where there is no such log.
 * @throws Whatever `follow.ended` is rejected with.
 */
export async function* readLog(
  path: string,
  options: ReadLogOptions = {},
): AsyncGenerator<LogRecord> {
  for await (const records of readLogBatches(path, options)) yield* records;
}

/**
 * Reads a log as {@linkcode readLog} does, many records at a time, which is quicker.
 *
 * @param path The log.
 * @param options What of it.
 * @returns The records, in batches of at least one.
 * @throws Whatever `follow.ended` is rejected with.
 */
export async function* readLogBatches(
  path: string,
  options: ReadLogOptions = {},
): AsyncGenerator<LogRecord[]> {
  const since = options.since === undefined ? undefined : comparable(options.since);
  const until = options.until === undefined ? undefined : comparable(options.until);
  for await (const batch of allBatches(path, options)) {
    const start = since ? batch.findIndex((record) => record.compareTime(since) >= 0) : 0;
    const end = until ? batch.findIndex((record) => record.compareTime(until) > 0) : -1;
    const records = start === 0 && end === -1
      ? batch
      : batch.slice(start === -1 ? batch.length : start, end === -1 ? undefined : end);
    if (records.length > 0) yield records;
    if (end !== -1) return;
  }
}

function comparable(nanoseconds: bigint): Uint8Array {
  return new TextEncoder().encode(comparableTime(nanoseconds));
}

async function* allBatches(path: string, options: ReadLogOptions): AsyncGenerator<LogRecord[]> {
  const { signal, tail } = options;
  using following = options.follow && await startFollowing(path, options);
  const files = await openFiles(path, tail);
  let current: LogFileReader | undefined;
  try {
    do {
      current?.[Symbol.dispose]();
      current = files.shift();
      for (let batch; (batch = await current?.next());) {
        signal?.throwIfAborted();
        yield batch;
      }
    } while (files.length > 0);
    while (following) {
      // Before the file is looked at: nothing is written to it after that.
      const { isOver } = following;
      for (let batch; (batch = await current?.next());) yield batch;
      const next = await fileAfter(path, current);
      if (next) {
        // It may have got some more before it was renamed.
        for (let batch; (batch = await current?.next());) yield batch;
        current?.[Symbol.dispose]();
        current = next;
      } else if (!await current?.rewindIfTruncated()) {
        if (isOver) return;
        await following.changed();
      }
    }
  } finally {
    for (const file of [current, ...files]) file?.[Symbol.dispose]();
  }
}

/** Loaded where it is needed: reading alone does without the calls to the kernel it is made of. */
async function startFollowing(path: string, options: ReadLogOptions): Promise<LogFollower> {
  const { LogFollower } = await import("./follower.ts");
  return new LogFollower(path.slice(0, path.lastIndexOf("/")), {
    ended: options.follow!.ended,
    until: options.until,
    signal: options.signal,
  });
}

/** Opens what is to be read, the oldest file first. */
async function openFiles(path: string, tail: number | undefined): Promise<LogFileReader[]> {
  const files: LogFileReader[] = [];
  let missing = tail ?? Infinity;
  // From the newest on, so that a rotation meanwhile shows as the same file again.
  for (const name of await fileNames(path)) {
    const file = await LogFileReader.open(name);
    if (!file) continue;
    if (files.some(({ inode }) => inode === file.inode)) {
      file[Symbol.dispose]();
      continue;
    }
    files.unshift(file);
    if (tail !== undefined) missing -= file.seekFromEnd(missing);
    if (missing === 0) break;
  }
  return files;
}

/** Opens the file that was begun after another one; nothing where that is the newest. */
async function fileAfter(
  path: string,
  current: LogFileReader | undefined,
): Promise<LogFileReader | undefined> {
  if (current && await inodeOf(path) === current.inode) return undefined;
  let after: LogFileReader | undefined;
  for (const name of await fileNames(path)) {
    const file = await LogFileReader.open(name);
    if (!file) continue;
    if (file.inode === current?.inode) {
      file[Symbol.dispose]();
      return after;
    }
    after?.[Symbol.dispose]();
    after = file;
  }
  // After so many rotations that the other one was removed: what there is begins with the oldest.
  return after;
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).ino ?? undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function fileNames(path: string): Promise<string[]> {
  return [path, ...(await rotatedNumbers(path)).map((number) => `${path}.${number}`)];
}
