/**
 * What a container is, once its image's configuration and the user's wishes have been put together.
 *
 * @module
 */

import type { Healthcheck } from "./health.ts";
import type { CgroupResources } from "../../cgroup/mod.ts";

import type { ContainerLimits } from "./limits.ts";
import type { NamespaceModes } from "./chosen_namespaces.ts";
import type { BindMount, TmpfsMount, VolumeMount } from "../../volume/mod.ts";
import type { SpecDevice, SpecIdMapping } from "../../runtime/mod.ts";
import type { NetworkMode } from "./network_mode.ts";
import type { PortRequest } from "../../network/mod.ts";
import type { SecuritySettings } from "./security_settings.ts";

/** When a container is started again after its command has ended. */
export interface RestartPolicy {
  /** In Docker's words. */
  name: "no" | "on-failure" | "always" | "unless-stopped";
  /** How often in a row at most, with `on-failure`; 0 for ever. */
  maximumRetryCount: number;
}

/** Where a container's output goes besides those attached to it. */
export interface LogSettings {
  /** `json-file`: a file beside the container, in Docker's format; `none`: nowhere. */
  driver: "json-file" | "none";
  /** The driver's options, `max-size` and `max-file` among them. */
  options: Record<string, string>;
}

/** What a container's `/etc/resolv.conf` says in place of the host's. */
export interface DnsSettings {
  /** Addresses of name servers. */
  servers?: readonly string[];
  /** Search domains; `.` for none at all. */
  search?: readonly string[];
  /** Options of the resolver. */
  options?: readonly string[];
}

/** Which users and groups of the host those of a user namespace are. */
export interface IdMappings {
  /** Users. */
  users: SpecIdMapping[];
  /** Groups. */
  groups: SpecIdMapping[];
  /**
   * Whether its files have the host's owners on the disk, because the kernel or the file system can
   * show none but those.
   */
  shifted?: true;
}

/** Seconds between the stop signal and SIGKILL if neither the user nor the image says, as in Docker. */
export const DEFAULT_STOP_TIMEOUT = 10;

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
  /** Paths at which the image, or `-v` without a source, wants a volume of the container's own. */
  volumes: string[];
  /** Whether the command has a terminal. */
  terminal: boolean;
  /** Whether the command's standard input can be written to. */
  openStdin: boolean;
  /** Whether someone was attached to its streams from the start. */
  attached: boolean;
  /** Bind mounts. */
  binds: BindMount[];
  /** Volumes. */
  volumeMounts?: VolumeMount[];
  /** Containers whose mounts it took over, as they were asked for. */
  volumesFrom?: string[];
  /** Whether volumes made for it alone are removed with it; set once its removal begins. */
  removeVolumes?: boolean;
  /** File systems in memory. */
  tmpfs: TmpfsMount[];
  /** Whether its root is read-only. */
  readonlyRoot: boolean;
  /** Its network. */
  network: NetworkMode;
  /** What its `/etc/resolv.conf` says in place of the host's. */
  dns?: DnsSettings;
  /** Lines of its `/etc/hosts`, `NAME:ADDRESS` each; the address may be `host-gateway`. */
  extraHosts?: string[];
  /** Namespaces it shares with the host or another container. */
  namespaces?: NamespaceModes;
  /** Whether its PID 1 is an init of ours, with the command as its child; nothing was said if absent. */
  init?: boolean;
  /** The user namespace it is in; the host's where absent. */
  userNamespace?: IdMappings;
  /** Whether it is removed once its command has ended. */
  autoRemove: boolean;
  /** When it is started again after its command has ended. */
  restart: RestartPolicy;
  /** Seconds between the stop signal and SIGKILL; -1 for ever. */
  stopTimeout: number;
  /** Where its output goes. */
  log: LogSettings;
  /** How to tell whether it works. */
  healthcheck?: Healthcheck;
  /** Its `/proc/PID/oom_score_adj`, from -1000 to 1000. */
  oomScoreAdj?: number;
  /** Read-only folders its root is made of, the lowest first. */
  layers: string[];
  /** The folder given in place of an image. */
  rootfs?: string;
  /** A file that holds its id. */
  containerIdFile?: string;
  /** Which of its ports are to be reached through ports of the host. */
  publish?: PortRequest[];
  /** Whether that was asked for all of its exposed ports. */
  publishAll?: boolean;
  /** Limits of its use of the machine, as they were asked for. */
  limits?: ContainerLimits;
  /** The same limits as `linux.resources` of the OCI configuration has them. */
  resources?: CgroupResources;
  /** Device nodes besides those every container has. */
  devices?: SpecDevice[];
  /** What it may do beyond, or less than, what others may. */
  security?: SecuritySettings;
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
