/**
 * Removing containers.
 *
 * @module
 */

import { Cgroup } from "../../cgroup/mod.ts";
import {
  fillReserve,
  freeingSlowly,
  removeTree,
  type Roots,
  unlessStorageFails,
} from "../../state/mod.ts";
import { emptyVolumeTrash, VolumeStore } from "../../volume/mod.ts";
import { bundleDirectory, containerCgroup, runDirectory } from "../record/folders.ts";
import { identifyProcess } from "../../process/identity.ts";
import type { ContainerStatus } from "../record/status.ts";
import type { ContainerRecord, ContainerStore } from "../record/store.ts";

/** Options of {@linkcode removeContainer}. */
export interface RemovalOptions {
  /**
   * Whether volumes go with it whose names were made up for it; with `autoRemove`, and where its
   * creation was never finished, they always do.
   *
   * @default false
   */
  volumes?: boolean;
}

/**
 * Removes a container of which no process is left: its cgroup, its files, then its record.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param id The container's whole id.
 * @param from The statuses it may have.
 * @throws {EngineError} `notFound` or `conflict`: somebody else was faster, or it has another status;
 * `system`: its cgroup cannot be removed.
 */
export async function removeContainer(
  roots: Roots,
  store: ContainerStore,
  id: string,
  from: readonly ContainerStatus[],
  options: RemovalOptions = {},
): Promise<void> {
  const isUnfinished = store.get(id)?.status === "creating";
  // Nobody starts it from here on, and whoever finds it half removed knows that we are at it.
  const record = store.transition(id, from, "removing", { process: identifyProcess(Deno.pid)! });
  await new Cgroup(containerCgroup(roots, record)).destroy();
  await releaseNetworks(roots, store, id);
  const { autoRemove, removeVolumes } = record.settings;
  const takesVolumes = options.volumes || autoRemove || removeVolumes || isUnfinished;
  // Whoever finishes this, should we die, knows of it.
  if (options.volumes) {
    const keep = () => store.updateSettings(id, (now) => ({ ...now, removeVolumes: true }));
    unlessStorageFails(keep);
  }
  if (record.settings.limits?.storageSize) {
    (await import("../record/storage_limit.ts")).releaseStorage(bundleDirectory(roots, id));
  }
  for (const path of [runDirectory(roots, id), bundleDirectory(roots, id)]) {
    await freeingSlowly(roots.root, () => removeTree(path));
  }
  // Last, so that no folder is ever left without a record that leads to it.
  const volumes = new VolumeStore(store.database, roots);
  const areRemoved = store.database.transaction(() => {
    store.delete(id);
    store.recordEvent(record, "destroy");
    return takesVolumes && removeOwnVolumes(volumes, record);
  });
  if (areRemoved) await emptyVolumeTrash(roots);
  if (store.holdsChanges) store.writeHeld();
  fillReserve(roots.root);
}

/** Tells whether there were any. */
function removeOwnVolumes(volumes: VolumeStore, { settings }: ContainerRecord): boolean {
  const own = (settings.volumeMounts ?? []).filter(({ anonymous }) => anonymous);
  for (const { name } of own) {
    if (volumes.get(name) && volumes.users(name).length === 0) volumes.remove(name);
  }
  return own.length > 0;
}

/**
 * Releases what a run of a container held, which has ended.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param record The container.
 * @throws {EngineError} `system`: its cgroup cannot be removed.
 */
export async function releaseRun(
  roots: Roots,
  store: ContainerStore,
  record: ContainerRecord,
): Promise<void> {
  await new Cgroup(containerCgroup(roots, record)).destroy();
  await releaseNetworks(roots, store, record.id);
  await removeTree(runDirectory(roots, record.id));
}

/**
 * Takes back the addresses and names that a run of a container had. A disk that does not take that
 * keeps nothing else from being done: they are taken back by whoever puts the records right next.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param id The container's whole id.
 */
export async function releaseNetworks(
  roots: Roots,
  { database }: ContainerStore,
  id: string,
): Promise<void> {
  const isConnected = database.get(
    "SELECT 1 FROM endpoints WHERE container_id = ? AND interface IS NOT NULL",
    id,
  );
  if (!isConnected) return;
  const { releaseConnections } = await import("../names/connections.ts");
  unlessStorageFails(() => releaseConnections(roots, database, id));
}
