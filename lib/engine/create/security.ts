/**
 * From the user's wishes to what confines a container on this host.
 *
 * @module
 */

import {
  capabilityLists,
  containerCapabilities,
  seccompChoice,
  type SecuritySettings,
} from "../../container/record/security_settings.ts";
import { securityLabels, securityModules } from "./security_labels.ts";
import { type ContainerFilter, makeContainerFilter } from "../../seccomp/container_filter.ts";

/**
 * Checks and completes what is asked for.
 *
 * @param wanted What is asked for.
 * @param onWarning Takes what the user should know.
 * @returns The setting of it; none where a container is as all others.
 * @throws {EngineError} `invalid`: a capability is unknown.
 */
export function securitySettings(
  wanted: SecuritySettings = {},
  onWarning?: (text: string) => void,
): { security?: SecuritySettings } {
  const { capAdd = [], capDrop = [], ...rest } = wanted;
  const asksForLabels = rest.apparmor !== undefined || rest.label !== undefined;
  const labels = asksForLabels ? securityLabels(rest, securityModules(), onWarning) : undefined;
  const lists = capabilityLists(capAdd, capDrop);
  const security: SecuritySettings = {
    ...rest,
    ...labels && { labels },
    ...lists.capAdd.length > 0 && { capAdd: lists.capAdd },
    ...lists.capDrop.length > 0 && { capDrop: lists.capDrop },
  };
  return Object.keys(security).length === 0 ? {} : { security };
}

/**
 * Makes a container's filter of system calls.
 *
 * @param security What is asked for.
 * @returns The filter, if it has one.
 * @throws {EngineError} `invalid`: the profile cannot be used.
 */
export async function containerFilter(
  security: SecuritySettings = {},
): Promise<ContainerFilter | undefined> {
  const { filtered, profile } = seccompChoice(security);
  return filtered ? await makeContainerFilter(profile, containerCapabilities(security)) : undefined;
}
