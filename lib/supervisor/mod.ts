/**
 * The supervisor and how commands talk to it.
 *
 * @module
 */

export { connectIfRunning, connectSupervisor, SupervisorConnection } from "./client.ts";
export { removeSupervisorLeftovers } from "./leftovers.ts";
export { releaseSupervisorLock, takeSupervisorLock } from "./lock.ts";
export { startSupervisor } from "./start_supervisor.ts";
export {
  type ClientMessage,
  decodeMessage,
  type Frame,
  FrameType,
  INPUT_WINDOW,
  type SupervisorMessage,
  type TerminalDimensions,
} from "./protocol.ts";
