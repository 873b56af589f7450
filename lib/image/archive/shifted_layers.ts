/**
 * Copies of layers with the owners of a user namespace, for kernels and file systems that cannot show
 * files with other owners.
 *
 * A copy is complete, and on the disk, from the moment it has its name. It goes with its layer.
 *
 * @module
 */

import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { syncfs } from "../../../ffi/syncfs.ts";
import { exists } from "../../if_present.ts";
import type { OwnerShift } from "../../runtime/user/owner_shift.ts";
import { inTurns } from "./in_turns.ts";
import { archiveUpper } from "./layer_diff.ts";
import { TarWriter } from "./tar_writer.ts";
import { applyLayer } from "../layer/apply.ts";
import type { ImageStore } from "../store/image_store.ts";
import { FileLock } from "../store/lock.ts";

/** Whose owners a copy has. */
export interface ShiftedOwners {
  /** A name for them, of letters and digits. */
  key: string;
  /** Translates those of the layer. */
  shift: OwnerShift;
}

/**
 * Finds the copy of a layer, or makes it; to be called while a pull of the store goes on.
 *
 * @param store The store.
 * @param layer The layer's directory.
 * @param owners Whose owners the copy has.
 * @param signal Ends the work.
 * @returns The copy's directory.
 * @throws {EngineError} `invalid`: an owner is not mapped; `system`: the disk is full, for example.
 */
export async function shiftedLayer(
  store: ImageStore,
  layer: string,
  { key, shift }: ShiftedOwners,
  signal?: AbortSignal,
): Promise<string> {
  const hex = layer.slice(layer.lastIndexOf("/") + 1);
  const { incoming, lock, path } = store.layout.shiftedLayer(key, hex);
  if (exists(path)) return path;
  using _alone = await FileLock.acquire(lock, "alone", signal);
  if (exists(path)) return path;
  // What somebody has left who was killed.
  store.trash.put(incoming);
  try {
    await copyLayer(layer, incoming, shift, signal);
    // The file system writes a rename and what it renames in no order of its own.
    await syncfs(incoming);
    await Deno.mkdir(`${store.layout.root}/shifted/${key}`, { recursive: true, mode: 0o700 });
    await Deno.rename(incoming, path);
  } catch (error) {
    store.trash.put(incoming);
    throw error;
  }
  return path;
}

async function copyLayer(
  source: string,
  target: string,
  shift: OwnerShift,
  signal: AbortSignal | undefined,
): Promise<void> {
  await Deno.mkdir(target);
  // What a layer's root is unless the layer says something else.
  const { gid, uid } = shift({ uid: 0, gid: 0, attributes: [] });
  await Deno.chown(target, uid, gid);
  await Deno.chmod(target, 0o755);
  const fd = open(source, OpenFlag.PATH | OpenFlag.DIRECTORY);
  try {
    await applyLayer(inTurns(archive(fd), signal), target, { whiteouts: "overlay", shift });
  } finally {
    close(fd);
  }
}

function* archive(fd: number): Generator<Uint8Array, void> {
  const writer = new TarWriter();
  yield* archiveUpper(writer, fd, { skips: () => false });
  yield* writer.end();
}
