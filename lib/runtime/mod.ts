/**
 * The OCI runtime: executes a bundle and knows nothing of images, names or registries.
 *
 * @module
 */

export { CAPABILITIES, capabilityMask, DEFAULT_CAPABILITIES } from "./user/capabilities.ts";
export { type LaunchedInit, launchInit, type LaunchOptions } from "./start/launch.ts";
export {
  initError,
  InitFd,
  type InitMessage,
  type InitOrder,
  parseMessages,
  type StreamPaths,
} from "./init/messages.ts";
export { enterNamespaceWithExecutable } from "./start/read_only_executable.ts";
export {
  MAPPED_OPTION,
  type MappedMounts,
  type MappedPaths,
  mountMapped,
} from "./root/mapped_mounts.ts";
export {
  type Mode,
  MODE_ARGUMENT,
  type ProgramCommand,
  programCommand,
  type SelfCommand,
  selfCommand,
  type SelfSpawn,
} from "./start/self_command.ts";
export {
  Annotation,
  type OverlayRoot,
  readSpec,
  type Spec,
  type SpecCapabilities,
  type SpecDevice,
  type SpecIdMapping,
  type SpecLinux,
  type SpecMount,
  type SpecNamespace,
  type SpecProcess,
  type SpecRoot,
  type SpecUser,
} from "./spec/spec.ts";
export type { ProcessHandle, ProcessIdentity } from "../process/mod.ts";
export { hostId, type UserNamespace, userNamespaceOf } from "./user/id_mappings.ts";
export type {
  SeccompAction,
  SeccompArgument,
  SeccompOperator,
  SeccompRule,
  SpecSeccomp,
} from "../seccomp/mod.ts";
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
} from "../cgroup/mod.ts";
