/**
 * Containers: what they are, what is remembered of them, and what they hold.
 *
 * @module
 */

export { replaceSpec, writeBundle } from "./bundle/bundle.ts";
export { exitCode } from "./life/exit_code.ts";
export { BARE_INIT_NAME, dismissWitness, endWitness } from "./life/witness.ts";
export { bundleDirectory, cgroupPath, containerCgroup, runDirectory } from "./record/folders.ts";
export { buildBundleSpec, type BundleSpecOptions } from "./bundle/spec.ts";
export {
  buildEnvironment,
  type EnvironmentParts,
  parseVariable,
  parseVariableFile,
} from "./bundle/environment.ts";
export {
  buildHealthcheck,
  type Healthcheck,
  type HealthcheckOptions,
  healthCommand,
  type HealthResult,
  type HealthState,
  nextHealth,
} from "./record/health.ts";
export { checkContainerName, generateContainerId, generateContainerName } from "./record/name.ts";
export {
  type ChosenNamespace,
  hasOwnPids,
  type JoinedContainers,
  joinedContainers,
  joinNamespaces,
  type NamespaceModes,
  parseNamespaceMode,
  sharedNetwork,
} from "./record/namespace_modes.ts";
export { isConnected, type NetworkMode, sharedWith } from "./record/network_mode.ts";
export { pauseContainer, resumeContainer, statusError } from "./life/pause.ts";
export {
  reconcileCommands,
  type ReconciledRuns,
  reconcileRuns,
  settleRecords,
} from "./life/reconcile.ts";
export { parseRestartPolicy, restartDelay, wantsRestart } from "./record/restart_policy.ts";
export { releaseRun, type RemovalOptions, removeContainer } from "./life/removal.ts";
export {
  containerArguments,
  type ContainerSettings,
  type DnsSettings,
  type LogSettings,
  type RestartPolicy,
} from "./record/settings.ts";
export { StartLock } from "./life/start_lock.ts";
export { parseSignal } from "./life/stop_signal.ts";
export {
  BEFORE_START,
  checkTransition,
  type ContainerStatus,
  hasProcesses,
  IDLE,
  WITH_PROCESSES,
} from "./record/status.ts";
export {
  type ContainerRecord,
  ContainerStore,
  type NewContainer,
  type StatusChange,
} from "./record/store.ts";
export { recordVolumeEvents } from "./life/volume_events.ts";
