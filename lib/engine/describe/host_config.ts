/**
 * `HostConfig` of Docker's `inspect`: what a container has of the host.
 *
 * @module
 */

import { readIfPresent } from "../../if_present.ts";
import { portKey, type PortRequest } from "../../network/port/port_request.ts";
import type { PublishedPort } from "../../network/port/published_port.ts";
import type { ContainerSettings } from "../../container/record/settings.ts";
import { inspectLimits, inspectOptionalLimits } from "./limits.ts";
import type { Spec } from "../../runtime/spec/spec.ts";
import { inspectBinds, inspectMountFlags } from "./mounts.ts";
import { type Fields, withOptional } from "../instance/optional_fields.ts";
import { inspectSecurity } from "./security.ts";

/**
 * Describes what a container has of the host.
 *
 * @param settings What the container is.
 * @param bundle The container's folder.
 * @returns Docker's fields; those for what this engine does not have are as Docker's defaults.
 */
export function inspectHostConfig(settings: ContainerSettings, bundle: string): Fields {
  const { namespaces = {}, restart, tmpfs } = settings;
  const { maskedPaths, readonlyPaths } = hiddenPaths(bundle);
  const base = {
    Binds: inspectBinds(settings),
    ContainerIDFile: settings.containerIdFile ?? "",
    LogConfig: { Type: settings.log.driver, Config: settings.log.options },
    NetworkMode: settings.network,
    PortBindings: requestedBindings(settings.publish ?? []),
    RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximumRetryCount },
    AutoRemove: settings.autoRemove,
    VolumeDriver: "",
    VolumesFrom: settings.volumesFrom ?? null,
    ConsoleSize: [0, 0],
    ...inspectSecurity(settings.security),
    CgroupnsMode: namespaces.cgroup ?? "private",
    Dns: [...settings.dns?.servers ?? []],
    DnsOptions: [...settings.dns?.options ?? []],
    DnsSearch: [...settings.dns?.search ?? []],
    ExtraHosts: settings.extraHosts ?? null,
    IpcMode: namespaces.ipc ?? "private",
    Cgroup: "",
    Links: null,
    OomScoreAdj: settings.oomScoreAdj ?? 0,
    PidMode: sharedMode(namespaces.pid),
    PublishAllPorts: settings.publishAll ?? false,
    ReadonlyRootfs: settings.readonlyRoot,
    UTSMode: sharedMode(namespaces.uts),
    UsernsMode: sharedMode(namespaces.user),
    Runtime: "tsd",
    Isolation: "",
    ...inspectLimits(settings.limits),
    MaskedPaths: maskedPaths,
    ReadonlyPaths: readonlyPaths,
  };
  return withOptional(base, {
    Tmpfs: Object.fromEntries(
      tmpfs.filter(({ asMount }) => !asMount)
        .map(({ target, options }) => [target, options.join(",")]),
    ),
    Annotations: null,
    Init: settings.init ?? null,
    Mounts: inspectMountFlags(settings),
    ...inspectOptionalLimits(settings.limits),
  });
}

/** Docker says nothing of what is a container's own. */
function sharedMode(mode = "private"): string {
  return mode === "private" ? "" : mode;
}

/**
 * Writes published ports as Docker's `inspect` nests them.
 *
 * @param ports The ports.
 * @returns Where the host listens, by port of the container.
 */
export function portBindings(
  ports: readonly PublishedPort[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, protocol, hostAddress, hostPort } of ports) {
    (bindings[`${containerPort}/${protocol}`] ??= []).push({
      HostIp: hostAddress,
      HostPort: String(hostPort),
    });
  }
  return bindings;
}

/** As it was asked for: no address and no port where any will do. */
function requestedBindings(
  requests: readonly PortRequest[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const request of requests) {
    const { hostAddress = "", hostPort = "", lastHostPort } = request;
    (bindings[portKey(request)] ??= []).push({
      HostIp: hostAddress,
      HostPort: lastHostPort === undefined ? `${hostPort}` : `${hostPort}-${lastHostPort}`,
    });
  }
  return bindings;
}

/** Only the bundle says which paths its container does not get to see. */
function hiddenPaths(bundle: string): { maskedPaths: string[]; readonlyPaths: string[] } {
  const text = readIfPresent(`${bundle}/config.json`);
  // Missing while it is being created or removed.
  const linux = text === undefined ? undefined : (JSON.parse(text) as Spec).linux;
  return {
    maskedPaths: [...linux?.maskedPaths ?? []],
    readonlyPaths: [...linux?.readonlyPaths ?? []],
  };
}
