/**
 * Removing everything of an instance that nothing needs.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Removal } from "../../image/records/remove.ts";
import type { ContainerFilters } from "../describe/filters.ts";
import { pruneUnused } from "../image/remove.ts";
import type { Instance } from "../instance/instance.ts";
import { InstanceNetworks } from "../network/networks.ts";
import { pruneContainers } from "../lifecycle/prune.ts";
import { InstanceVolumes } from "../volume/volumes.ts";

/** What {@linkcode pruneSystem} removes. */
export interface PruneSystemOptions {
  /**
   * Whether to remove tagged images too that no container uses.
   *
   * @default false
   */
  all?: boolean;
  /**
   * Whether to remove volumes nobody has named that no container uses.
   *
   * @default false
   */
  volumes?: boolean;
  /**
   * Conditions: `label`, `label!`, and, without volumes, `until` in milliseconds since the epoch.
   *
   * @default {} all there are
   */
  filters?: ContainerFilters;
}

/** What {@linkcode pruneSystem} removed. */
export interface PrunedSystem {
  /** Whole ids of containers. */
  containers: string[];
  /** Names of networks. */
  networks: string[];
  /** Names of volumes. */
  volumes: string[];
  /** Images and their names, in their order. */
  images: Removal[];
  /** Bytes that were freed. */
  reclaimed: number;
}

/**
 * Removes containers that do not run, then the networks, volumes and images that none is left for.
 *
 * @param instance The instance.
 * @param options Which of them.
 * @returns What was removed.
 * @throws {EngineError} `invalid`: a filter is wrong; nothing was removed then.
 */
export async function pruneSystem(
  instance: Instance,
  { all = false, volumes = false, filters = {} }: PruneSystemOptions = {},
): Promise<PrunedSystem> {
  if (volumes && filters.until !== undefined) {
    throw new EngineError('The "until" filter is not supported with "--volumes"', {
      kind: "invalid",
    });
  }
  const containers = await pruneContainers(instance, { filters });
  const networks = await new InstanceNetworks(instance).prune(filters);
  const pruned = volumes
    ? await new InstanceVolumes(instance).prune({ filters })
    : { removed: [], reclaimed: 0 };
  const images = await pruneUnused(instance, { all, filters });
  return {
    containers: containers.removed,
    networks: networks.map(({ name }) => name),
    volumes: pruned.removed,
    images: images.removals,
    reclaimed: containers.reclaimed + pruned.reclaimed + images.reclaimed,
  };
}
