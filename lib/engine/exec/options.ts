/**
 * What can be asked of a command that is executed in a running container.
 *
 * @module
 */

import type { TerminalDimensions } from "../../supervisor/protocol.ts";
import type { OutputListener } from "../instance/attachment.ts";

/** What is asked of a command, besides its arguments. */
export interface ExecCommandOptions {
  /** Environment variables, `KEY=value` each, that override the container's. */
  env?: readonly string[] | undefined;
  /** `USER[:GROUP]`, names or numbers, in place of the container's. */
  user?: string | undefined;
  /** Absolute path in the container, in place of the container's. */
  workingDirectory?: string | undefined;
  /**
   * Whether it has all capabilities.
   *
   * @default false
   */
  privileged?: boolean;
}

/** Options of `startExec()`. */
export interface ExecOptions extends ExecCommandOptions {
  /**
   * Whether it has a terminal.
   *
   * @default false
   */
  terminal?: boolean;
  /** The terminal's size at first. */
  size?: TerminalDimensions | undefined;
  /**
   * Whether it has a standard input.
   *
   * @default false
   */
  openStdin?: boolean;
  /** Takes its output; without it there is none. */
  onOutput?: OutputListener;
  /**
   * Whether it uses this process's own streams where they are pipes or sockets: the quickest way, and
   * its input ends when ours does.
   *
   * @default false
   */
  inherit?: boolean;
  /**
   * Whether this process has no children but this command: then the end of the container need not wait
   * until this process, which may be stopped, has waited for the command.
   *
   * @default false
   */
  onlyChild?: boolean;
  /**
   * Whether it runs on when this process ends, as one with a terminal may that its
   * caller leaves.
   *
   * @default false
   */
  detach?: boolean;
  /**
   * Whether it is killed when this process is; otherwise it lives on then, unless it has a terminal.
   *
   * @default false
   */
  endsWithParent?: boolean;
}
