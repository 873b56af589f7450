/**
 * The engine's public interface.
 *
 * @module
 */

export { findCredentials, logIn, type LogInOptions, logOut } from "./login.ts";
export { Attachment, type AttachOptions, type OutputListener } from "./attachment.ts";
export type { ContainerInspection } from "./container_inspection.ts";
export { type ContainerChanges, Containers } from "./containers.ts";
export type { RemoveContainerOptions } from "./remove_container.ts";
export type { StopContainerOptions } from "./stop_container.ts";
export type { CreateContainerOptions, PullPolicy } from "./create_options.ts";
export type { ListContainersOptions } from "./container_list.ts";
export { type Instance, type InstanceOptions, openInstance } from "./instance.ts";
export { type CollectedRun, Engine, type EngineOptions, type RunOptions } from "./engine.ts";
export {
  type CollectedExec,
  type CollectedExecOptions,
  type ExecCommandOptions,
  execInContainer,
  type ExecOptions,
  type ExecutedCommand,
  startExec,
} from "./exec.ts";
export type { UsageSample } from "./container_stats.ts";
export type { EventFilters } from "./event_filters.ts";
export type { FollowEventsOptions } from "./events.ts";
export type { NetworkRequest } from "./network_requests.ts";
export type { EndpointWishes } from "../network/endpoint.ts";
export type { FindImageOptions } from "./image_of_container.ts";
export {
  Images,
  type ListImagesOptions,
  type PruneImagesOptions,
  type PullOptions,
  type PushOptions,
  type RemoveImageOptions,
} from "./images.ts";
export type { AddressPool, Config } from "../config.ts";
export type { LogChoice } from "../container/log/log_options.ts";
export type {
  ChosenNamespace,
  ContainerRecord,
  ContainerSettings,
  ContainerStatus,
  DnsSettings,
  Healthcheck,
  HealthcheckOptions,
  HealthResult,
  HealthState,
  LogSettings,
  NamespaceModes,
  NetworkMode,
  ProcessIdentity,
  RestartPolicy,
} from "../container/mod.ts";
export type { PublishedPort } from "../network/port/published_port.ts";
export type { ContainerFilters } from "./container_filters.ts";
export type { ImageOfContainer } from "./container_settings.ts";
export type { ImageFilters } from "../image/filters.ts";
export type { HistoryStep } from "../image/history.ts";
export type { ImageInspection } from "../image/inspect.ts";
export type { ImageSummary } from "../image/list.ts";
export type { PruneResult } from "../image/prune.ts";
export type {
  LayerState,
  ProgressListener,
  PulledImage,
  PulledLayer,
  PullProgress,
} from "../image/pull/mod.ts";
export type {
  PushedImage,
  PushedLayerState,
  PushListener,
  PushProgress,
} from "../image/push/mod.ts";
export type { CheckSystemOptions, SystemCheck } from "./check_system.ts";
export type {
  BlobUsage,
  ContainerUsage,
  DiskUsage,
  ImageUsage,
  VolumeUsage,
} from "./disk_usage.ts";
export type { PrunedSystem, PruneSystemOptions } from "./prune_system.ts";
export type { Finding, FindingOutcome } from "../image/check/mod.ts";
export type { SystemInfo } from "./system_info.ts";
export type { Credentials } from "../image/credentials.ts";
export type { CredentialPlace } from "../image/credential_store.ts";
export type { Reference } from "../image/reference.ts";
export type { Removal } from "../image/remove.ts";
export type { ResolvedImage } from "../image/resolve.ts";
export type { Digest } from "../image/digest.ts";
export type {
  ContainerDefaults,
  HistoryEntry,
  ImageConfig,
  ImageHealthcheck,
  JsonSet,
} from "../image/image_config.ts";
export type { Database, EngineEvent, Roots, Row, Value } from "../state/mod.ts";
export type { TerminalDimensions } from "../supervisor/mod.ts";
export type { BindMount, TmpfsMount, VolumeRecord } from "../volume/mod.ts";
export type { ImageFinder } from "./create_container.ts";
export type { SecurityLabels, SecuritySettings } from "../container/security_settings.ts";
export type { IdMappings } from "../container/settings.ts";
export type { PortProtocol, PortRequest } from "../network/port/port_request.ts";
export type { Propagation } from "../volume/bind.ts";
export type {
  BlockDevice,
  BlockIoLimits,
  CgroupResources,
  CpuLimits,
  DeviceRule,
  HugepageLimit,
  MemoryLimits,
  NetworkMarks,
  PidsLimits,
  ThrottledDevice,
  WeightedDevice,
} from "../cgroup/resources.ts";
export type {
  ContainerLimits,
  DeviceMapping,
  DeviceRate,
  DeviceWeight,
  HugepagesLimit,
  NetworkPriority,
  ResourceLimits,
  Ulimit,
} from "../container/limits.ts";
export type { LocalMount, VolumeMount, VolumeRequest } from "../volume/volume_mount.ts";
