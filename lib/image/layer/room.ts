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
import { EngineError } from "../../errors.ts";
import { type ByteString, showByteString } from "./byte_string.ts";
import { tap } from "./tap.ts";

/** What a layer may take. */
export interface LayerRoom {
  /** Bytes of its files together, holes left out. */
  maxBytes: number;
  /** How many entries it may have. */
  maxEntries: number;
}

/** What one layer may take of what is free: some of it stays for what runs meanwhile. */
const SHARE = 0.95;

/** Bytes of an archive that are unpacked between two looks at what is free. */
const LOOK_EVERY_BYTES = 4 << 20;

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

/**
 * Ends an archive whose unpacking leaves too little room.
 *
 * {@linkcode roomForLayer} tells how large one layer may be. This one sees what it cannot: layers that
 * are unpacked at the same time, and files that take a block each, however small they are.
 *
 * @param tar The archive, not compressed.
 * @param directory Where it is unpacked.
 * @returns The same bytes. Reading throws an `EngineError` (`system`) once there is less free than the
 * part that is left for others, counted from what is free now.
 * @throws {SyscallError} The directory is not there.
 */
export function keepRoom(
  tar: AsyncIterable<Uint8Array>,
  directory: string,
): AsyncIterable<Uint8Array> {
  const before = fileSystemRoom(directory);
  const [least, leastFiles] = [before.free, before.freeFiles].map((free) => free * (1 - SHARE));
  let unseen = 0;
  return tap(tar, ({ length }) => {
    unseen += length;
    if (unseen < LOOK_EVERY_BYTES) return;
    unseen = 0;
    const { free, freeFiles } = fileSystemRoom(directory);
    if (before.size > 0 && free < least!) throw noRoom(`only ${free} bytes are left`);
    if (before.files > 0 && freeFiles < leastFiles!) {
      throw noRoom(`only ${freeFiles} inodes are left`);
    }
  });
}

/**
 * Makes the error of a layer that there is no room for.
 *
 * @param state What is the matter.
 * @param name The entry it ended at, as the archive has it.
 * @returns An error of kind `system`: the layer is what it should be, and the disk is not.
 */
export function noRoom(state: string, name?: ByteString): EngineError {
  const object = name === undefined ? "the layer" : `"${showByteString(name)}"`;
  return new EngineError(
    `Cannot unpack ${object}: no space left: ${state}; free some with: tsd system prune`,
    { kind: "system" },
  );
}
