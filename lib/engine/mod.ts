/**
 * The engine's public interface.
 *
 * @module
 */

export { Attachment, type AttachOptions, type OutputListener } from "./attachment.ts";
export type { ContainerInspection } from "./container_inspection.ts";
export {
  type ContainerChanges,
  Containers,
  type ImageFinder,
  type RemoveContainerOptions,
  type StopContainerOptions,
} from "./containers.ts";
export type { CreateContainerOptions, PullPolicy } from "./create_options.ts";
export type { ListContainersOptions } from "./container_list.ts";
export type { Instance, InstanceOptions } from "./instance.ts";
export { type CollectedRun, Engine, type EngineOptions, type RunOptions } from "./engine.ts";
export type { FindImageOptions } from "./image_of_container.ts";
export {
  Images,
  type ListImagesOptions,
  type PruneImagesOptions,
  type PullOptions,
  type RemoveImageOptions,
} from "./images.ts";
