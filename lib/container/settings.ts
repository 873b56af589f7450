/**
 * What a container is, once its image's configuration and the user's wishes have been put together.
 *
 * @module
 */

import type { BindMount, TmpfsMount } from "../volume/mod.ts";

/** Which network a container has: its own with nothing in it, or the host's. */
export type NetworkMode = "none" | "host";

/** What a container is. */
export interface ContainerSettings {
  /** Host name. */
  hostname: string;
  /** `USER[:GROUP]`, names or numbers; empty for root. */
  user: string;
  /** Environment, `KEY=value` each. */
  env: string[];
  /** The part of the command that arguments are added to. */
  entrypoint: string[];
  /** The rest of the command. */
  command: string[];
  /** Absolute path in the container. */
  workingDirectory: string;
  /** Labels by name. */
  labels: Record<string, string>;
  /** Name of the signal that asks the command to end. */
  stopSignal: string;
  /** Ports the image says it listens on, such as `80/tcp`. */
  exposedPorts: string[];
  /** Paths the image declares as volumes. */
  volumes: string[];
  /** Whether the command has a terminal. */
  terminal: boolean;
  /** Whether the command's standard input can be written to. */
  openStdin: boolean;
  /** Whether someone was attached to its streams from the start. */
  attached: boolean;
  /** Bind mounts. */
  binds: BindMount[];
  /** File systems in memory. */
  tmpfs: TmpfsMount[];
  /** Whether its root is read-only. */
  readonlyRoot: boolean;
  /** Its network. */
  network: NetworkMode;
  /** Whether it is removed once its command has ended. */
  autoRemove: boolean;
  /** Read-only folders its root is made of, the lowest first. */
  layers: string[];
  /** The folder given in place of an image. */
  rootfs?: string;
  /** A file that holds its id. */
  containerIdFile?: string;
}

/**
 * The whole command of a container.
 *
 * @param settings What the container is.
 * @returns `argv`.
 */
export function containerArguments(settings: ContainerSettings): string[] {
  return [...settings.entrypoint, ...settings.command];
}
