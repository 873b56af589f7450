/**
 * What the ways to start a container's init have in common.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/mod.ts";
import type { Spec } from "../../runtime/mod.ts";
import type { PreparedStreams } from "../output/container_streams.ts";
import type { TerminalDimensions } from "../protocol.ts";
import type { SupervisionContext } from "../supervision_context.ts";
import type { JoinedNamespaces } from "./joined_namespaces.ts";

/** An init that is on its way to become its container's command. */
export interface StartingInit {
  /** Its pid on the host. */
  readonly pid: number;
  /** Refers to it whatever becomes of its pid; readable once it has ended. Stays open. */
  readonly pidfd: number;
  /** How many bytes it may take before it is the command, besides what it has. */
  readonly memory: number;
  /** Settles once the container is connected to its networks. */
  readonly connected: Promise<void>;
  /**
   * Does what there is to be done in its stead, and takes no waiting: so other things can go on
   * meanwhile that were begun before.
   *
   * @param size The size its terminal is to have, where it has one.
   * @throws {EngineError} It cannot be done.
   */
  prepare(size: TerminalDimensions | undefined): void;
  /**
   * Has it become the command, once it was prepared.
   *
   * @returns The terminal's master side where the container has one; non-blocking.
   * @throws {EngineError} It gave up, and said why.
   */
  become(): Promise<number | undefined>;
  /** Has it end instead; nothing more is heard of it than its end. */
  abandon(): void;
}

/** What an init is started for. */
export interface InitStart {
  /** What supervision needs. */
  context: SupervisionContext;
  /** The container. */
  record: ContainerRecord;
  /** Its configuration. */
  spec: Spec;
  /** The namespaces of others that it joins; held until it has become the command. */
  joined: JoinedNamespaces;
  /** Its streams. */
  streams: PreparedStreams;
  /** Gets what has to be let go once the command runs, or does not. */
  stack: AsyncDisposableStack;
}
