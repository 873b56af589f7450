/**
 * From an image and the user's wishes to what a container is.
 *
 * @module
 */

import {
  buildEnvironment,
  buildHealthcheck,
  type ContainerSettings,
  type NamespaceModes,
  parseSignal,
} from "../../container/mod.ts";
import { type LogChoice, logSettings } from "../../container/log/options.ts";
import { DEFAULT_STOP_TIMEOUT } from "../../container/record/settings.ts";
import { EngineError } from "../../errors.ts";
import { securitySettings } from "./security.ts";
import type { ContainerDefaults } from "../../image/spec/config.ts";
import {
  cleanPath,
  generateVolumeName,
  type VolumeMount,
  type VolumeRequest,
} from "../../volume/mod.ts";
import { type InheritedMounts, wantedMounts } from "./mounts.ts";
import type { CreateContainerOptions } from "./options.ts";
import { portSettings } from "./port_settings.ts";

/** What an image says of its containers (OCI image-spec, "config"), and where its layers are. */
export interface ImageOfContainer {
  /** Its configuration, where it has one. */
  config: Readonly<ContainerDefaults>;
  /** Folders of its layers, the lowest first. */
  layers: string[];
}

const DEFAULT_STOP_SIGNAL = "SIGTERM";
// As Docker takes it: what the kernel takes (sethostname(2)), and a line of /etc/hosts can hold.
const LONGEST_HOSTNAME = 64;
const HOSTNAME = /^[!-~]+$/;

/**
 * Puts together what a container is.
 *
 * @param id The container's whole id.
 * @param image Its image.
 * @param options What was asked for.
 * @param logDefaults Where output goes unless they say, from the configuration.
 * @param inherited The mounts of the containers in `volumesFrom`, in their order.
 * @returns The settings, complete.
 * @throws {EngineError} `invalid`: the wishes contradict themselves, the image, or the host.
 */
export function containerSettings(
  id: string,
  image: ImageOfContainer,
  options: CreateContainerOptions,
  logDefaults: LogChoice = {},
  inherited: readonly InheritedMounts[] = [],
): ContainerSettings {
  const { config } = image;
  const hostname = options.hostname
    ? checkHostname(options.hostname)
    : defaultHostname(id, options);
  const terminal = options.terminal ?? false;
  const { binds, tmpfs, volumeRequests, volumes } = wantedMounts(
    Object.keys(config.Volumes ?? {}),
    options,
    inherited,
  );
  const healthcheck = buildHealthcheck(config.Healthcheck, options.health ?? {});
  return {
    hostname,
    user: options.user ?? config.User ?? "",
    env: buildEnvironment({ image: config.Env ?? [], own: options.env ?? [], hostname, terminal }),
    ...containerCommand(config, options),
    workingDirectory: workingDirectory(options.workingDirectory ?? config.WorkingDir ?? ""),
    labels: { ...config.Labels, ...options.labels },
    stopSignal: stopSignal(options.stopSignal ?? config.StopSignal ?? DEFAULT_STOP_SIGNAL),
    ...portSettings(Object.keys(config.ExposedPorts ?? {}), options),
    volumes,
    terminal,
    openStdin: options.openStdin ?? false,
    attached: options.attached ?? true,
    binds,
    tmpfs,
    ...volumeRequests.length > 0 && { volumeMounts: volumeRequests.map(named) },
    ...options.volumesFrom?.length && { volumesFrom: [...options.volumesFrom] },
    readonlyRoot: options.readonlyRoot ?? false,
    network: options.network ?? "none",
    ...dnsSettings(options),
    ...options.extraHosts && options.extraHosts.length > 0 &&
      { extraHosts: [...options.extraHosts] },
    ...options.namespaces && { namespaces: checkNamespaces(options) },
    ...options.init !== undefined && { init: options.init },
    autoRemove: options.autoRemove ?? false,
    restart: restartPolicy(options),
    stopTimeout: options.stopTimeout ?? config.StopTimeout ?? DEFAULT_STOP_TIMEOUT,
    ...healthcheck && { healthcheck },
    log: logSettings(options.log, logDefaults),
    ...options.oomScoreAdj !== undefined && { oomScoreAdj: oomScoreAdj(options.oomScoreAdj) },
    ...securitySettings(options.security, options.onWarning),
    layers: image.layers,
    ...options.rootfs !== undefined && { rootfs: options.rootfs },
    ...options.containerIdFile !== undefined && { containerIdFile: options.containerIdFile },
  };
}

function named(request: VolumeRequest): VolumeMount {
  const { name } = request;
  if (name !== undefined) return { ...request, name };
  return { ...request, name: generateVolumeName(), anonymous: true };
}

/** An entrypoint of the user's also replaces the image's command, as it was made for the image's. */
function containerCommand(
  config: ImageOfContainer["config"],
  options: CreateContainerOptions,
): Pick<ContainerSettings, "entrypoint" | "command"> {
  const own = options.entrypoint;
  const entrypoint = own === undefined ? [...config.Entrypoint ?? []] : own === "" ? [] : [own];
  const given = options.command ?? [];
  const command = given.length > 0 || own !== undefined ? [...given] : [...config.Cmd ?? []];
  if (entrypoint.length + command.length === 0) {
    throw new EngineError("Cannot create the container: no command specified", { kind: "invalid" });
  }
  if ([...entrypoint, ...command].some((word) => word.includes("\0"))) {
    throw new EngineError("Cannot create the container: the command holds a NUL", {
      kind: "invalid",
    });
  }
  return { entrypoint, command };
}

function defaultHostname(id: string, options: CreateContainerOptions): string {
  const isHosts = options.network === "host" || options.namespaces?.uts === "host";
  return isHosts ? Deno.hostname() : id.slice(0, 12);
}

function dnsSettings({ dns }: CreateContainerOptions): Pick<ContainerSettings, "dns"> {
  return dns && Object.values(dns).some((list) => list.length > 0) ? { dns } : {};
}

function checkHostname(hostname: string): string {
  if (hostname.length <= LONGEST_HOSTNAME && HOSTNAME.test(hostname)) return hostname;
  throw new EngineError(`Cannot create the container: invalid hostname format: ${hostname}`, {
    kind: "invalid",
  });
}

function workingDirectory(path: string): string {
  if (path === "") return "/";
  if (path.startsWith("/")) return cleanPath(path);
  throw new EngineError(
    `Cannot create the container: the working directory '${path}' is invalid, it needs to be an ` +
      `absolute path`,
    { kind: "invalid" },
  );
}

function checkNamespaces(options: CreateContainerOptions): NamespaceModes {
  const { namespaces = {}, hostname } = options;
  if (namespaces.uts === "host" && hostname !== undefined) {
    throw new EngineError(
      "Cannot create the container: conflicting options: hostname and the UTS mode",
      { kind: "invalid" },
    );
  }
  return namespaces;
}

function restartPolicy(options: CreateContainerOptions): ContainerSettings["restart"] {
  const policy = options.restart ?? { name: "no", maximumRetryCount: 0 };
  if (options.autoRemove && policy.name !== "no") {
    throw new EngineError(
      "Cannot create the container: can't create 'AutoRemove' container with restart policy",
      { kind: "invalid" },
    );
  }
  return policy;
}

function oomScoreAdj(value: number): number {
  if (value >= -1000 && value <= 1000) return value;
  throw new EngineError(
    `Cannot create the container: Invalid value ${value}, range for oom score adj is [-1000, 1000]`,
    { kind: "invalid" },
  );
}

function stopSignal(text: string): string {
  parseSignal(text);
  return text;
}
