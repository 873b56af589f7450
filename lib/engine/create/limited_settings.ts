/**
 * What the limits that were asked for make of a new container's settings.
 *
 * @module
 */

import { hostDevices } from "../../container/bundle/host_devices.ts";
import type { ContainerLimits } from "../../container/record/limits.ts";
import { cgroupResources } from "../../container/bundle/resources.ts";
import type { ContainerSettings } from "../../container/record/settings.ts";
import { EngineError } from "../../errors.ts";
import { cleanPath } from "../../volume/mod.ts";
import { checkLimits, SWAP_FACTOR } from "./limits.ts";
import type { CreateContainerOptions } from "./options.ts";

/**
 * Checks the limits of a new container, and works out what becomes of them.
 *
 * @param options What was asked for.
 * @returns The settings that limits concern.
 * @throws {EngineError} `invalid`: they contradict each other, the host, or the rest of the options.
 */
export function limitedSettings(
  options: CreateContainerOptions,
): Pick<ContainerSettings, "devices" | "limits" | "resources"> {
  const { limits: wanted = {}, onWarning } = options;
  checkSysctls(wanted.sysctls ?? {}, options);
  const limits = completed(checkLimits(wanted, { onWarning }));
  const { nodes, rules } = hostDevices(limits.devices ?? []);
  return {
    limits,
    resources: cgroupResources(limits, rules),
    ...nodes.length > 0 && { devices: nodes },
  };
}

function completed(limits: ContainerLimits): ContainerLimits {
  const { cgroupParent, memory, memorySwap } = limits;
  return {
    ...limits,
    ...memory && !memorySwap && { memorySwap: SWAP_FACTOR * memory },
    ...cgroupParent !== undefined && { cgroupParent: checkedParent(cgroupParent) },
  };
}

function checkedParent(path: string): string {
  const clean = cleanPath(`/${path}`);
  if (clean !== "/") return clean;
  throw new EngineError(`Cannot create the container: "${path}" cannot be its parent cgroup`, {
    kind: "invalid",
  });
}

/** Those of a namespace that is the host's would change the host. */
function checkSysctls(
  sysctls: Readonly<Record<string, string>>,
  { namespaces = {}, network }: CreateContainerOptions,
): void {
  for (const name of Object.keys(sysctls)) {
    const isNetwork = name.startsWith("net.");
    if (isNetwork && network === "host") {
      throw sysctlError(`sysctl "${name}" not allowed in host network namespace`);
    }
    if (!isNetwork && namespaces.ipc === "host") {
      throw sysctlError(`sysctl "${name}" is not allowed in the hosts ipc namespace`);
    }
  }
}

function sysctlError(reason: string): EngineError {
  return new EngineError(`Cannot create the container: ${reason}`, { kind: "invalid" });
}
