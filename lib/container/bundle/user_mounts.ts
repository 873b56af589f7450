/**
 * The mounts of the user's in a container's OCI configuration.
 *
 * @module
 */

import { MAPPED_OPTION, type SpecMount } from "../../runtime/mod.ts";
import {
  type BindMount,
  isSharedMount,
  type TmpfsMount,
  type VolumeMount,
} from "../../volume/mod.ts";
import type { ContainerSettings, IdMappings } from "../record/settings.ts";

// What Docker gives a tmpfs of the user's.
const TMPFS_OPTIONS = ["noexec", "nosuid", "nodev"];

/**
 * Describes what a container has mounted besides what every container has.
 *
 * @param settings What the container is.
 * @param volumes The folder of the instance's volumes.
 * @returns The mounts, parents before what lies below them.
 */
export function userMounts(
  { binds, tmpfs, userNamespace, volumeMounts = [] }: ContainerSettings,
  volumes: string,
): SpecMount[] {
  // The owners of a volume's files are the same whatever container has it, wherever that can be.
  const options = ownerOptions(userNamespace);
  const mounts = [
    ...binds.map(bindMount),
    ...volumeMounts.map((mount) => volumeMount(mount, volumes, options)),
    ...tmpfs.map(tmpfsMount),
  ];
  const depth = ({ destination }: SpecMount) => destination.split("/").filter(Boolean).length;
  return mounts.sort((one, other) => depth(one) - depth(other));
}

/**
 * Tells with which options a bind mount of our own files shows the owners a container is to see.
 *
 * @param userNamespace The container's.
 * @returns The options; none where they have these owners on the disk.
 */
export function ownerOptions(userNamespace: IdMappings | undefined): string[] {
  return userNamespace && !userNamespace.shifted ? [MAPPED_OPTION] : [];
}

function bindMount(bind: BindMount): SpecMount {
  const { propagation = "rprivate", readonly, recursive = "enabled", source, target } = bind;
  // "ro" is for the mount alone, "rro" for those below it as well (runtime-spec, "Linux mount options").
  const isDeep = recursive === "enabled" || recursive === "readonly";
  return {
    destination: target,
    type: "bind",
    source,
    ofHost: true,
    options: [
      recursive === "disabled" ? "bind" : "rbind",
      propagation,
      ...readonly ? [isDeep ? "rro" : "ro"] : [],
    ],
  };
}

function tmpfsMount({ options, target }: TmpfsMount): SpecMount {
  return {
    destination: target,
    type: "tmpfs",
    source: "tmpfs",
    options: [...TMPFS_OPTIONS, ...options],
  };
}

function volumeMount(
  mount: VolumeMount,
  volumes: string,
  options: readonly string[],
): SpecMount {
  const { local, name, readonly, subpath, target } = mount;
  const data = `${volumes}/${name}/_data`;
  const mounted = local?.type === "bind" ? undefined : local;
  return {
    destination: target,
    type: "bind",
    source: local?.type === "bind" ? local.source : data,
    ...local?.type === "bind" && { ofHost: true },
    options: ["rbind", "rprivate", ...readonly ? ["rro"] : [], ...options],
    ...mounted && (isSharedMount(mounted) ? { shared: mounted } : { staged: mounted }),
    ...subpath !== undefined && { subpath },
  };
}
