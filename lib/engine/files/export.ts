/**
 * A container's root file system as an archive.
 *
 * @module
 */

import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { bundleDirectory } from "../../container/record/folders.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { inTurns } from "../../image/archive/in_turns.ts";
import { walkMerged } from "../../image/archive/merged_walk.ts";
import { TarWriter } from "../../image/archive/tar_writer.ts";
import { NodeArchiver } from "../../image/archive/tree_archive.ts";
import { type OwnerShift, shiftToContainer } from "../../runtime/user/owner_shift.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/**
 * Packs a container's root, as its image's layers and its changes make it up; what is mounted in the
 * container is not part of it.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param signal Ends the work.
 * @returns The archive's bytes; each piece is gone once the next one is asked for.
 * @throws {EngineError} `notFound`: there is no such container; `conflict`: it is being removed.
 */
export async function exportContainer(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  const record = store.find(nameOrId);
  checkThere(nameOrId, record);
  const { id, settings } = record;
  const { userNamespace } = settings;
  const shift = userNamespace?.shifted && shiftToContainer(userNamespace) || undefined;
  const layers = [`${bundleDirectory(roots, id)}/upper`, ...settings.layers.toReversed()];
  return (async function* () {
    yield* inTurns(archive(nameOrId, layers, shift), signal);
    // A removal at the same time empties the folder bit by bit.
    checkThere(nameOrId, store.get(id));
    store.recordEvent(record, "export");
  })();
}

function checkThere(nameOrId: string, record: ContainerRecord | undefined): void {
  if (record !== undefined && record.status !== "removing") return;
  throw new EngineError(`You cannot export container ${nameOrId} which is being removed`, {
    kind: "conflict",
  });
}

function* archive(
  nameOrId: string,
  layers: readonly string[],
  shift: OwnerShift | undefined,
): Generator<Uint8Array, void> {
  const fds: number[] = [];
  const writer = new TarWriter();
  const nodes = new NodeArchiver(writer, shift);
  try {
    for (const path of layers) fds.push(open(path, OpenFlag.PATH | OpenFlag.DIRECTORY));
    for (const node of walkMerged(fds)) if (node.path !== "") yield* nodes.add(node, node.path);
    yield* writer.end();
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(`Cannot export container "${nameOrId}"`, { kind: "system", cause });
  } finally {
    fds.forEach(close);
  }
}
