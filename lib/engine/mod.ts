/**
 * The engine's public interface: what a front end, such as the command line, has it do.
 *
 * @module
 */

export { Engine, type EngineOptions } from "./engine.ts";
export { Containers } from "./containers.ts";
export { Images, type ListImagesOptions } from "./images.ts";
export { type DisconnectOptions, Networks } from "./networks.ts";
export { System } from "./system.ts";
export { type ListedVolume, Volumes } from "./volumes.ts";
export { findCredentials, logIn, type LogInOptions, logOut } from "./image/login.ts";
export type { BootResult } from "./boot.ts";

// An instance, and being connected to a command in it.
export type { Attachment, AttachOptions, OutputListener } from "./instance/attachment.ts";
export type { Instance, InstanceOptions } from "./instance/instance.ts";
export type { Outcome } from "./instance/outcome.ts";

// Containers.
export type { CreateContainerOptions, PullPolicy } from "./create/options.ts";
export type { FindImageOptions } from "./create/image_of_container.ts";
export type { NetworkRequest } from "./create/network_requests.ts";
export type { CollectedExec, CollectedExecOptions } from "./exec/exec.ts";
export type { ExecutedCommand } from "./exec/executed_command.ts";
export type { ExecCommandOptions, ExecOptions } from "./exec/options.ts";
export type {
  CreatedExec,
  CreateExecOptions,
  ExecState,
  StartExecOptions,
} from "./exec/created_exec.ts";
export type { CommitContainerOptions } from "./files/commit.ts";
export type { CopyOptions } from "./files/copy.ts";
export type { FileStat } from "./files/stat_file.ts";
export type { AttachContainerOptions } from "./lifecycle/attach.ts";
export type { CollectedRun, RunOptions } from "./lifecycle/collect_run.ts";
export type { PruneContainersOptions, PrunedContainers } from "./lifecycle/prune.ts";
export type { RemoveContainerOptions } from "./lifecycle/remove.ts";
export type { StartAttachedOptions } from "./lifecycle/start.ts";
export type { StopContainerOptions } from "./lifecycle/stop.ts";
export type { ContainerChanges } from "./lifecycle/update.ts";

export type { WaitCondition } from "./lifecycle/wait.ts";

// What is said of containers.
export { commandText } from "./describe/command_text.ts";
export type { ContainerFilters } from "./describe/filters.ts";
export { containerImage } from "./describe/container_image.ts";
export type { ContainerInspection } from "./describe/container.ts";
export type { ListContainersOptions } from "./describe/list.ts";
export type { ContainerLogOptions } from "./describe/logs.ts";
export type { NetworkNames } from "./describe/connections.ts";
export type { ProcessTable } from "./describe/processes.ts";
export type { ContainerSize } from "./describe/size.ts";
export type { ContainerSummary, SummarizeContainersOptions } from "./describe/summary.ts";
export { humanAgo, humanDuration } from "./describe/human_duration.ts";
export type { ContainerUsageSample, ListStatsOptions } from "./describe/listed_stats.ts";
export { shortId } from "./describe/short_id.ts";
export { hasProcesses } from "../container/record/status.ts";
export { statusText } from "./describe/status_text.ts";
export { cpuPercent, NO_USAGE, type UsageSample } from "./describe/usage_sample.ts";
export { displayedHealth, displayedState } from "./instance/container_state.ts";

// Images, networks, volumes.
export type { ImportOptions, LoadOptions, SaveOptions } from "./image/archives.ts";
export type { PullOptions } from "./image/pull.ts";
export type { PushOptions } from "./image/push.ts";
export type { PruneImagesOptions, RemoveImageOptions } from "./image/remove.ts";
export type { NetworkInspection } from "./describe/network_description.ts";
export type { NetworkFilters } from "./network/filters.ts";
export type { ListedNetwork } from "./network/listed_network.ts";
export type { VolumeFilters } from "./volume/filters.ts";
export type {
  PrunedVolumes,
  PruneVolumesOptions,
  RemoveVolumeOptions,
  VolumeInspection,
} from "./volume/volumes.ts";

// An instance as a whole.
export type { CheckSystemOptions, SystemCheck } from "./system/check_system.ts";
export type {
  BlobUsage,
  ContainerUsage,
  DiskUsage,
  ImageUsage,
  VolumeUsage,
} from "./system/disk_usage.ts";
export type { EventFilters } from "./system/event_filters.ts";
export type { FollowEventsOptions } from "./system/events.ts";
export { type HostFacts, readHostFacts } from "./system/host_facts.ts";
export type { InspectObjectOptions, InspectOptions } from "./system/inspect_object.ts";
export { OBJECT_TYPES, type ObjectType } from "./system/object_types.ts";
export type { PrunedSystem, PruneSystemOptions } from "./system/prune.ts";
export type { SupervisorStatus } from "./system/supervisor_status.ts";
export type { SystemInfo } from "./system/system_info.ts";

// What the layers below call things, and how they read and write texts that users know.
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
export type { AddressPool, Config } from "../config.ts";
export type { Change } from "../container/life/changes.ts";
export { parseVariable, parseVariableFile } from "../container/bundle/environment.ts";
export type {
  ContainerLimits,
  DeviceMapping,
  DeviceRate,
  DeviceWeight,
  HugepagesLimit,
  NetworkPriority,
  ResourceLimits,
  Ulimit,
} from "../container/record/limits.ts";
export type { FollowOptions, ReadLogOptions } from "../container/log/json_log_reader.ts";
export { type LogChoice, parseLogOptions } from "../container/log/options.ts";
export type { LogRecord } from "../container/log/record.ts";
export { fixedWidthTime } from "../container/log/time.ts";
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
export { parseNamespaceMode } from "../container/record/namespace_modes.ts";
export { advised } from "./instance/advised.ts";
export { parseRestartPolicy } from "../container/record/restart_policy.ts";
export { parseSecurityOptions } from "../container/record/security_option.ts";
export type { SecurityLabels, SecuritySettings } from "../container/record/security_settings.ts";
export type { IdMappings } from "../container/record/settings.ts";
export type { LoadedImage, LoadedName } from "../image/archive/load.ts";
export type { ArchiveFormat } from "../image/archive/save_layout.ts";
export type { Finding, FindingOutcome } from "../image/check/mod.ts";
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
export type { ImageFilters } from "../image/records/filters.ts";
export type { HistoryStep } from "../image/records/history.ts";
export type { ImageInspection } from "../image/records/inspect.ts";
export type { ImageSummary } from "../image/records/list.ts";
export type { PruneResult } from "../image/records/prune.ts";
export type { Removal } from "../image/records/remove.ts";
export type { ResolvedImage } from "../image/records/resolve.ts";
export type { CredentialPlace } from "../image/registry/credential_store.ts";
export type { Credentials } from "../image/registry/credentials.ts";
export { credentialKey, hostOf, parseRegistry } from "../image/registry/key.ts";
export type { Digest } from "../image/spec/digest.ts";
export type {
  ContainerDefaults,
  HistoryEntry,
  ImageConfig,
  ImageHealthcheck,
  JsonSet,
} from "../image/spec/config.ts";
export { hostPlatform, type Platform } from "../image/spec/platform.ts";
export {
  canonicalName,
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryName,
} from "../image/spec/reference.ts";
export { type Address, type Family, formatAddress, parseAddress } from "../network/address.ts";
export type { CreateNetworkOptions } from "../network/create_network.ts";
export type { Endpoint, EndpointWishes } from "../network/endpoint.ts";
export type { Network, NetworkDriver, NetworkSubnet } from "../network/network.ts";
export {
  parseExposedPorts,
  parsePortRequests,
  type PortProtocol,
  type PortRequest,
} from "../network/port/port_request.ts";
export { hostText, portsText, type PublishedPort } from "../network/port/published_port.ts";
export { programCommand } from "../runtime/start/self_command.ts";
export type { Database, EngineEvent, Roots, Row, Value } from "../state/mod.ts";
export { resolveRoots, type RootsOptions } from "../state/roots.ts";
export type { TerminalDimensions } from "../supervisor/protocol.ts";
export { type BindMount, type Propagation, PROPAGATIONS } from "../volume/bind.ts";
export { cleanPath, targetProblem } from "../volume/mount_path.ts";
export { checkVolumeName } from "../volume/name.ts";
export type { NewVolume, VolumeRecord } from "../volume/store.ts";
export { parseTmpfs, type TmpfsMount } from "../volume/tmpfs.ts";
export type { LocalMount, VolumeMount, VolumeRequest } from "../volume/volume_mount.ts";
export { parseVolumesFrom, parseVolumeText, type VolumeText } from "../volume/volume_text.ts";
