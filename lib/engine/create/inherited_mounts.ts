/**
 * `--volumes-from`: the mounts of other containers.
 *
 * @module
 */

import type { ContainerStore } from "../../container/mod.ts";
import { parseVolumesFrom } from "../../volume/mod.ts";
import type { InheritedMounts } from "./mounts.ts";

/**
 * Reads the mounts of containers, which need not run.
 *
 * @param store The records.
 * @param texts The containers by name or id, with `:ro` to have their mounts read-only.
 * @returns The mounts of each; those in memory are a container's own.
 * @throws {EngineError} `notFound`: there is no such container; `invalid`: an option is unknown.
 */
export function inheritedMounts(
  store: Pick<ContainerStore, "find">,
  texts: readonly string[],
): InheritedMounts[] {
  return texts.map(parseVolumesFrom).map(({ container, readonly = false }) => {
    const { binds, volumeMounts = [] } = store.find(container).settings;
    const changed = <T extends { readonly: boolean }>(mount: T) =>
      ({ ...mount, readonly: readonly || mount.readonly, inherited: true }) as const;
    return { binds: binds.map(changed), volumeMounts: volumeMounts.map(changed) };
  });
}
