/**
 * The supervisor and how commands talk to it.
 *
 * @module
 */

export { connectIfRunning, connectSupervisor, SupervisorConnection } from "./front/client.ts";
export { removeSupervisorLeftovers } from "./own/leftovers.ts";
export { releaseSupervisorLock, takeSupervisorLock } from "./own/lock.ts";
export { startSupervisor } from "./own/start_supervisor.ts";
export {
  type ClientMessage,
  decodeMessage,
  type Frame,
  FrameType,
  INPUT_WINDOW,
  type SupervisorMessage,
  type TerminalDimensions,
} from "./protocol.ts";
