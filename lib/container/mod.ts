/**
 * Containers: what they are, what is remembered of them, and what they hold.
 *
 * @module
 */

export { replaceSpec, writeBundle } from "./bundle.ts";
export { exitCode } from "./exit_code.ts";
export { BARE_INIT_NAME, dismissWitness, endWitness } from "./witness.ts";
export { bundleDirectory, cgroupPath, containerCgroup, runDirectory } from "./folders.ts";
export { buildBundleSpec, type BundleSpecOptions } from "./bundle_spec.ts";
export {
  buildEnvironment,
  type EnvironmentParts,
  parseVariable,
  parseVariableFile,
} from "./environment.ts";
export {
  buildHealthcheck,
  type Healthcheck,
  type HealthcheckOptions,
  healthCommand,
  type HealthResult,
  type HealthState,
  nextHealth,
} from "./health.ts";
export { checkContainerName, generateContainerId, generateContainerName } from "./name.ts";
export {
  type ChosenNamespace,
  hasOwnPids,
  type JoinedContainers,
  joinedContainers,
  joinNamespaces,
  type NamespaceModes,
  parseNamespaceMode,
  sharedNetwork,
} from "./namespace_modes.ts";
export { isConnected, type NetworkMode, sharedWith } from "./network_mode.ts";
export { pauseContainer, resumeContainer, statusError } from "./pause.ts";
export {
  reconcileCommands,
  type ReconciledRuns,
  reconcileRuns,
  settleRecords,
} from "./reconcile.ts";
export { parseRestartPolicy, restartDelay, wantsRestart } from "./restart_policy.ts";
export { releaseRun, type RemovalOptions, removeContainer } from "./removal.ts";
export {
  containerArguments,
  type ContainerSettings,
  type DnsSettings,
  type LogSettings,
  type RestartPolicy,
} from "./settings.ts";
export { StartLock } from "./start_lock.ts";
export { parseSignal } from "./stop_signal.ts";
export {
  BEFORE_START,
  checkTransition,
  type ContainerStatus,
  IDLE,
  WITH_PROCESSES,
} from "./status.ts";
export {
  type ContainerRecord,
  ContainerStore,
  type NewContainer,
  type StatusChange,
} from "./store.ts";
export { recordVolumeEvents } from "./volume_events.ts";
