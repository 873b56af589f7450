/**
 * What may be asked of a new container.
 *
 * @module
 */

import type { LogChoice } from "../../container/log/options.ts";
import type { ContainerLimits } from "../../container/record/limits.ts";
import type {
  DnsSettings,
  HealthcheckOptions,
  NamespaceModes,
  RestartPolicy,
} from "../../container/mod.ts";
import type { PortRequest } from "../../network/port/port_request.ts";
import type { SecuritySettings } from "../../container/record/security_settings.ts";
import type { EndpointWishes } from "../../network/endpoint.ts";
import type { BindMount, TmpfsMount, VolumeRequest } from "../../volume/mod.ts";

/** A network that a container is to be connected to, and what it asks for there. */
export interface NetworkRequest extends EndpointWishes {
  /** The network's name, its id or the beginning of one; `none`, `host`, `container:NAME`. */
  name: string;
}

/** What may be asked of a new container; only an image, or a folder in its place, is needed. */
export interface CreateContainerOptions {
  /** The image: a name, an id, or the beginning of one. */
  image?: string;
  /** A folder to use as a read-only image, in place of one. */
  rootfs?: string;
  /** The command and its arguments, in place of the image's. */
  command?: readonly string[];
  /** In place of the image's; an empty text for none at all. */
  entrypoint?: string | undefined;
  /** A name; one is made up where there is none. */
  name?: string | undefined;
  /** Variables, `KEY=value` each, beside and in place of the image's. */
  env?: readonly string[];
  /** `USER[:GROUP]`, names or numbers, in place of the image's. */
  user?: string | undefined;
  /** An absolute path in the container, in place of the image's. */
  workingDirectory?: string | undefined;
  /** In place of the first digits of the container's id. */
  hostname?: string | undefined;
  /** Labels beside the image's. */
  labels?: Readonly<Record<string, string>>;
  /** Files and folders of the host. */
  binds?: readonly BindMount[];
  /** Volumes; one that does not exist is created. */
  volumes?: readonly VolumeRequest[];
  /** Containers whose mounts it takes over, by name or id, with `:ro` to have them read-only. */
  volumesFrom?: readonly string[];
  /** File systems in memory. */
  tmpfs?: readonly TmpfsMount[];
  /**
   * Whether the root is read-only.
   *
   * @default false
   */
  readonlyRoot?: boolean;
  /**
   * Whether the command has a terminal.
   *
   * @default false
   */
  terminal?: boolean;
  /**
   * Whether the command's standard input can be written to.
   *
   * @default false
   */
  openStdin?: boolean;
  /**
   * The network, where there is one and nothing is asked of it: its name, `none` for nothing but its
   * own loopback, `host` for the host's, `container:NAME` for another container's.
   *
   * @default "bridge"
   */
  network?: string;
  /** The networks, in place of that one. */
  networks?: readonly NetworkRequest[] | undefined;
  /** What its `/etc/resolv.conf` says in place of the host's; the configuration's where absent. */
  dns?: DnsSettings;
  /** Lines of its `/etc/hosts`, `NAME:ADDRESS` each; the address may be `host-gateway`. */
  extraHosts?: readonly string[];
  /** Ports that it listens on besides those of its image, as `80/tcp`. */
  exposedPorts?: readonly string[];
  /** Its ports that are to be reached through ports of the host. */
  publish?: readonly PortRequest[];
  /**
   * Whether all of its exposed ports are to be reached through free ports of the host.
   *
   * @default false
   */
  publishAll?: boolean;
  /** Namespaces shared with the host or another container; none where absent. */
  namespaces?: NamespaceModes;
  /** Whether its PID 1 is an init of ours, which passes signals on and waits for orphans. */
  init?: boolean | undefined;
  /** The signal that asks the command to end, in place of the image's. */
  stopSignal?: string | undefined;
  /**
   * Whether the container is removed once its command has ended.
   *
   * @default false
   */
  autoRemove?: boolean;
  /**
   * Whether someone is attached to its streams from the start.
   *
   * @default true
   */
  attached?: boolean;
  /**
   * Whether it is removed if this process ends before it has started it; otherwise it stays.
   *
   * @default false
   */
  provisional?: boolean;
  /** When it is started again after its command has ended; never where absent. */
  restart?: RestartPolicy;
  /**
   * Seconds between the stop signal and SIGKILL; -1 for ever.
   *
   * @default 10
   */
  stopTimeout?: number | undefined;
  /** Where its output goes besides those attached to it; the configuration's where absent. */
  log?: LogChoice;
  /** How to tell whether it works, beside and in place of the image's. */
  health?: HealthcheckOptions;
  /** Its `/proc/PID/oom_score_adj`, from -1000 to 1000; this process's where absent. */
  oomScoreAdj?: number | undefined;
  /** Limits of its use of the machine; none where absent. */
  limits?: ContainerLimits | undefined;
  /** Takes what the user should know although the container is created. */
  onWarning?: ((text: string) => void) | undefined;
  /** What it may do beyond, or less than, what others may. */
  security?: SecuritySettings;
  /** A file, which must not exist, to write the container's id to. */
  containerIdFile?: string | undefined;
  /**
   * Whether the image is pulled: always, only if it is missing, or never.
   *
   * @default "missing"
   */
  pull?: PullPolicy;
  /** The platform of the image, `OS/ARCH[/VARIANT]`; this machine's where absent. */
  platform?: string | undefined;
}

/** Whether an image is pulled before a container is made of it. */
export type PullPolicy = "always" | "missing" | "never";
