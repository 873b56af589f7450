/**
 * The engine's public interface.
 *
 * @module
 */

export { findCredentials, logIn, type LogInOptions, logOut } from "./image/login.ts";
export { Attachment, type AttachOptions, type OutputListener } from "./instance/attachment.ts";
export type { ContainerInspection } from "./describe/container_inspection.ts";
export { type ContainerChanges, Containers } from "./containers.ts";
export type { RemoveContainerOptions } from "./lifecycle/remove_container.ts";
export type { StopContainerOptions } from "./lifecycle/stop_container.ts";
export type { CreateContainerOptions, PullPolicy } from "./create/create_options.ts";
export type { ListContainersOptions } from "./describe/container_list.ts";
export { type Instance, type InstanceOptions, openInstance } from "./instance/instance.ts";
export { type CollectedRun, Engine, type EngineOptions, type RunOptions } from "./engine.ts";
export {
  type CollectedExec,
  type CollectedExecOptions,
  type ExecCommandOptions,
  execInContainer,
  type ExecOptions,
  type ExecutedCommand,
  startExec,
} from "./exec/exec.ts";
export type { UsageSample } from "./describe/container_stats.ts";
export type { EventFilters } from "./system/event_filters.ts";
export type { FollowEventsOptions } from "./system/events.ts";
export type { NetworkRequest } from "./create/network_requests.ts";
export type { EndpointWishes } from "../network/endpoint.ts";
export type { FindImageOptions } from "./create/image_of_container.ts";
export {
  Images,
  type ListImagesOptions,
  type PruneImagesOptions,
  type PullOptions,
  type PushOptions,
  type RemoveImageOptions,
} from "./image/images.ts";
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
  RestartPolicy,
} from "../container/mod.ts";
export type { ProcessIdentity } from "../process/mod.ts";
export type { PublishedPort } from "../network/port/published_port.ts";
export type { ContainerFilters } from "./describe/container_filters.ts";
export type { ImageOfContainer } from "./create/container_settings.ts";
export type { ImageFilters } from "../image/records/filters.ts";
export type { HistoryStep } from "../image/records/history.ts";
export type { ImageInspection } from "../image/records/inspect.ts";
export type { ImageSummary } from "../image/records/list.ts";
export type { PruneResult } from "../image/records/prune.ts";
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
export type { CheckSystemOptions, SystemCheck } from "./system/check_system.ts";
export type {
  BlobUsage,
  ContainerUsage,
  DiskUsage,
  ImageUsage,
  VolumeUsage,
} from "./system/disk_usage.ts";
export type { PrunedSystem, PruneSystemOptions } from "./system/prune_system.ts";
export type { Finding, FindingOutcome } from "../image/check/mod.ts";
export type { SystemInfo } from "./system/system_info.ts";
export type { Credentials } from "../image/registry/credentials.ts";
export type { CredentialPlace } from "../image/registry/credential_store.ts";
export type { Reference } from "../image/spec/reference.ts";
export type { Removal } from "../image/records/remove.ts";
export type { ResolvedImage } from "../image/records/resolve.ts";
export type { Digest } from "../image/spec/digest.ts";
export type {
  ContainerDefaults,
  HistoryEntry,
  ImageConfig,
  ImageHealthcheck,
  JsonSet,
} from "../image/spec/image_config.ts";
export type { Database, EngineEvent, Roots, Row, Value } from "../state/mod.ts";
export type { TerminalDimensions } from "../supervisor/mod.ts";
export type { BindMount, TmpfsMount, VolumeRecord } from "../volume/mod.ts";
export type { ImageFinder } from "./create/create_container.ts";
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
