/**
 * What those who look after containers share.
 *
 * @module
 */

import type { ContainerStore } from "../container/mod.ts";
import type { SelfCommand } from "../runtime/mod.ts";
import type { Roots } from "../state/mod.ts";
import type { Networks } from "./network/networks.ts";
import type { EventLoop } from "./watch/event_loop.ts";
import type { SharedVolumes } from "./run/shared_volumes.ts";

/** What a supervised container needs. */
export interface SupervisionContext {
  /** The instance's. */
  roots: Roots;
  /** Tells when descriptors are ready. */
  loop: EventLoop;
  /** How this program is executed again. */
  self: SelfCommand;
  /** The mount namespace this process was started in, as a path other processes can open. */
  hostMounts: string;
  /** Volumes in memory, or on a device of their own. */
  sharedVolumes: SharedVolumes;
  /** The records. */
  store: ContainerStore;
  /**
   * Pauses a running container.
   *
   * @param id The container's whole id.
   * @throws {EngineError} `conflict`: it does not run, or is paused.
   */
  pause(id: string): Promise<void>;
  /**
   * Gives access to the networks, which few instances' supervisors need at once.
   *
   * @returns The networks.
   */
  networks(): Promise<Networks>;
  /**
   * Lets a paused container run on; one that is not paused is left alone.
   *
   * @param id The container's whole id.
   */
  resume(id: string): Promise<unknown>;
  /**
   * Has what a full or read-only disk did not let be done tried again until it is.
   */
  settleLater(): void;
  /** Says what went wrong where nobody can be told. */
  log(message: string, error: unknown): void;
}
