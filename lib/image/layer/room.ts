/**
 * How large a layer may be: no larger than the room there is for it.
 *
 * An archive of a megabyte may hold files of a gigabyte, all of them zeros (a decompression bomb), or
 * more names than the file system has. Whoever finds that out from a full disk has taken the room from
 * everybody else on it first, running containers included.
 *
 * @module
 */

import { fileSystemRoom } from "../../../ffi/file_system.ts";

/** What a layer may take. */
export interface LayerRoom {
  /** Bytes of its files together, holes left out. */
  maxBytes: number;
  /** How many entries it may have. */
  maxEntries: number;
}

/** What one layer may take of what is free: some of it stays for what runs meanwhile. */
const SHARE = 0.95;

/**
 * Tells how large a layer may be that is unpacked now.
 *
 * @param directory Where it is unpacked.
 * @returns The limits; infinite where the file system has none or does not say, as ramfs, of which the
 * kernel tells nothing but zeros.
 * @throws {SyscallError} The directory is not there.
 */
export function roomForLayer(directory: string): LayerRoom {
  const { files, free, freeFiles, size } = fileSystemRoom(directory);
  return {
    maxBytes: size === 0 ? Infinity : Math.floor(free * SHARE),
    maxEntries: files === 0 ? Infinity : Math.floor(freeFiles * SHARE),
  };
}
