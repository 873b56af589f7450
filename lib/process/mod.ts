/**
 * Processes of the host: telling one from a later one of its pid, and what belongs to one.
 *
 * @module
 */

export {
  currentBootId,
  identifyProcess,
  isAlive,
  type ProcessIdentity,
  type ProcessStat,
  readProcessStat,
} from "./identity.ts";
export {
  type EndedProcess,
  type ExitKnowledge,
  takeExitStatus,
  zombieStatus,
} from "./exit_status.ts";
export {
  openChild,
  openPidfd,
  openProcess,
  ProcessGoneError,
  type ProcessHandle,
} from "./process_handle.ts";
export { killListed } from "./kill_listed.ts";
export { ownDescriptorPath } from "./own_descriptor.ts";
