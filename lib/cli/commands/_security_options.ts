/**
 * Options of commands that create containers: what a container may do.
 *
 * @module
 */

import { type CreateContainerOptions, parseSecurityOptions } from "../../engine/mod.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";

/** The options. */
export const SECURITY_OPTIONS = [
  { name: "cap-add", type: "list", summary: "Add Linux capabilities" },
  { name: "cap-drop", type: "list", summary: "Drop Linux capabilities" },
  { name: "group-add", type: "list", summary: "Add additional groups to join" },
  { name: "privileged", type: "bool", summary: "Give extended privileges to this container" },
  {
    name: "security-opt",
    type: "list",
    summary: "Security options (seccomp=FILE|unconfined, no-new-privileges, apparmor=PROFILE, " +
      "label=PART, systempaths=unconfined)",
  },
] as const satisfies readonly OptionDeclaration[];

/**
 * Reads the options.
 *
 * @param options Their values.
 * @returns What the engine is asked for.
 * @throws {EngineError} `invalid`: an option's value cannot be.
 */
export function securityOptions(
  options: OptionValues<typeof SECURITY_OPTIONS>,
): Pick<CreateContainerOptions, "security"> {
  const { capAdd, capDrop, groupAdd, privileged, securityOpt } = options;
  const security = {
    ...capAdd.length > 0 && { capAdd: [...capAdd] },
    ...capDrop.length > 0 && { capDrop: [...capDrop] },
    ...groupAdd.length > 0 && { groupAdd: [...groupAdd] },
    ...privileged && { privileged },
    ...parseSecurityOptions(securityOpt),
  };
  return Object.keys(security).length === 0 ? {} : { security };
}
