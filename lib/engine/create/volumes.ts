/**
 * The volumes of a new container.
 *
 * @module
 */

import {
  bundleDirectory,
  type ContainerRecord,
  type ContainerSettings,
} from "../../container/mod.ts";
import type { IdMappings } from "../../container/record/settings.ts";
import type { Roots } from "../../state/mod.ts";
import {
  ANONYMOUS_LABEL,
  LOCAL_DRIVER,
  localMount,
  resolveServer,
  volumeData,
  type VolumeMount,
  VolumeStore,
} from "../../volume/mod.ts";
import { containerOwners } from "../describe/owners.ts";
import type { Instance } from "../instance/instance.ts";

/**
 * Records a container together with the volumes it has; those that do not exist are created.
 *
 * @param instance The instance.
 * @param settings What the container is.
 * @param insert Records the container.
 * @returns The container's record.
 * @throws {EngineError} `invalid`, `notFound`: a volume cannot be created; `conflict`: the
 * container's name is in use.
 */
export function insertWithVolumes(
  { database, roots }: Pick<Instance, "database" | "roots">,
  settings: ContainerSettings,
  insert: (settings: ContainerSettings) => ContainerRecord,
): ContainerRecord {
  const volumes = new VolumeStore(database, roots);
  // Together, so that no removal of a volume comes between the two.
  return database.transaction(() => {
    const volumeMounts = (settings.volumeMounts ?? []).map((mount) => createVolume(volumes, mount));
    const record = insert({ ...settings, volumeMounts });
    for (const { name } of volumeMounts) volumes.use(name, record.id);
    return record;
  });
}

function createVolume(volumes: VolumeStore, mount: VolumeMount): VolumeMount {
  const { anonymous, driver = LOCAL_DRIVER, labels, name, options = {} } = mount;
  const mark = anonymous ? { [ANONYMOUS_LABEL]: "" } : {};
  const volume = volumes.create({ name, driver, options, labels: { ...mark, ...labels } });
  const local = localMount(volume.options);
  return { ...mount, ...local && { local } };
}

/**
 * Replaces names of servers by their addresses, as the kernel wants them.
 *
 * @param settings What a container is.
 * @returns The same with addresses.
 * @throws {EngineError} `unavailable`: a name has no address.
 */
export async function withServers(settings: ContainerSettings): Promise<ContainerSettings> {
  const volumeMounts = await Promise.all(
    (settings.volumeMounts ?? []).map(async (mount) =>
      mount.local ? { ...mount, local: await resolveServer(mount.local) } : mount
    ),
  );
  return { ...settings, volumeMounts };
}

/**
 * Copies what the image has at the places of empty volumes into them.
 *
 * @param roots The instance's.
 * @param record The container, whose folder exists.
 * @throws {EngineError} `system`: the disk is full, for example.
 */
export async function fillVolumes(roots: Roots, record: ContainerRecord): Promise<void> {
  const { layers, userNamespace, volumeMounts = [] } = record.settings;
  if (userNamespace?.shifted) giveToRoot(roots, userNamespace, volumeMounts);
  if (volumeMounts.every(({ noCopy }) => noCopy)) return;
  const { populateVolumes } = await import("./populate_volumes.ts");
  const mountPoint = `${bundleDirectory(roots, record.id)}/rootfs`;
  await populateVolumes(roots, { layers, mountPoint }, volumeMounts);
}

/** Where nothing shows it with other owners, the host's root alone could write to a new volume. */
function giveToRoot(
  roots: Roots,
  userNamespace: IdMappings,
  mounts: readonly VolumeMount[],
): void {
  const { gid, uid } = containerOwners(userNamespace).root;
  for (const { local, name } of mounts) {
    const data = volumeData(roots, name);
    const { gid: group, uid: user } = Deno.lstatSync(data);
    const isNew = user === 0 && group === 0 &&
      Deno.readDirSync(data)[Symbol.iterator]().next().done;
    if (local === undefined && isNew) Deno.chownSync(data, uid, gid);
  }
}
