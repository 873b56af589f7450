/**
 * tsd as a library: images and containers from a Deno script.
 *
 * @example Pull an image, run a command in a container of it, and print what it says
 * ```ts ignore
 * import { Engine } from "./lib/mod.ts";
 *
 * using engine = Engine.open();
 * await engine.images.pull("alpine");
 * const { exitCode, stdout } = await engine.run("alpine", ["cat", "/etc/os-release"], {
 *   autoRemove: true,
 * });
 * console.log(exitCode, new TextDecoder().decode(stdout));
 * ```
 *
 * @module
 */

export * from "./engine/mod.ts";
export {
  copyFromContainer,
  type CopyOptions,
  copyToContainer,
  packContainerFiles,
  unpackInContainer,
} from "./engine/files/copy_files.ts";
export {
  type PrunedVolumes,
  type PruneVolumesOptions,
  type RemoveVolumeOptions,
  type VolumeInspection,
  Volumes,
} from "./engine/volume/volumes.ts";
export type { VolumeFilters } from "./engine/volume/volume_filters.ts";
export type { NewVolume, VolumeRecord } from "./volume/mod.ts";
export * from "./errors.ts";
