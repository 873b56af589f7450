/**
 * What a new container has mounted: of other containers, of the user's wishes and of its image, in
 * this order, as Docker has it.
 *
 * @module
 */

import type { ContainerSettings } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { checkBindSource, cleanPath } from "../../volume/mod.ts";
import type { VolumeRequest } from "../../volume/mod.ts";
import type { CreateContainerOptions } from "./options.ts";

/** The mounts of a container that another one may take over. */
export type InheritedMounts = Pick<ContainerSettings, "binds" | "volumeMounts">;

/** What is mounted, with volumes that may still lack a name. */
export interface WantedMounts extends Pick<ContainerSettings, "binds" | "tmpfs" | "volumes"> {
  /** The volumes. */
  volumeRequests: VolumeRequest[];
}

/**
 * Puts together what a container has mounted.
 *
 * @param declared Paths the image declares as volumes.
 * @param options What was asked for.
 * @param inherited The mounts of the containers in `volumesFrom`, in their order.
 * @returns The mounts.
 * @throws {EngineError} `invalid`: two are for one path, or a source is missing.
 */
export function wantedMounts(
  declared: readonly string[],
  options: CreateContainerOptions,
  inherited: readonly InheritedMounts[] = [],
): WantedMounts {
  const { binds = [], tmpfs = [], volumes = [] } = options;
  binds.forEach(checkBindSource);
  const anonymous = volumes.filter(isPlainAnonymous);
  const asked = volumes.filter((volume) => !isPlainAnonymous(volume));
  const taken = distinctTargets([...binds, ...asked, ...tmpfs]);
  const result: WantedMounts = {
    binds: [...binds],
    tmpfs: [...tmpfs],
    volumeRequests: [...asked],
    volumes: [...new Set([...declared.map(cleanPath), ...anonymous.map(({ target }) => target)])],
  };
  const isFree = ({ target }: { target: string }) => !taken.has(target);
  // Of several containers the last one's mount counts; what the user asks for comes before all.
  for (const { binds, volumeMounts = [] } of inherited.toReversed()) {
    const [ownBinds, ownVolumes] = [binds.filter(isFree), volumeMounts.filter(isFree)];
    result.binds.push(...ownBinds);
    result.volumeRequests.push(...ownVolumes);
    for (const { target } of [...ownBinds, ...ownVolumes]) taken.add(target);
  }
  for (const target of result.volumes) {
    const request = anonymous.find((volume) => volume.target === target);
    if (!taken.has(target)) result.volumeRequests.push(request ?? { target, readonly: false });
  }
  return result;
}

/** `-v /path`, which like the image's own gives way to any other mount of that path. */
function isPlainAnonymous({ asMount, name }: VolumeRequest): boolean {
  return name === undefined && !asMount;
}

function distinctTargets(mounts: readonly { target: string }[]): Set<string> {
  const seen = new Set<string>();
  for (const { target } of mounts) {
    if (seen.has(target)) {
      throw new EngineError(`Cannot create the container: Duplicate mount point: ${target}`, {
        kind: "invalid",
      });
    }
    seen.add(target);
  }
  return seen;
}
