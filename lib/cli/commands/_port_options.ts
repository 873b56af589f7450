/**
 * The options of new containers that concern ports.
 *
 * @module
 */

import {
  type CreateContainerOptions,
  parseExposedPorts,
  parsePortRequests,
} from "../../engine/mod.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";

/** The options. */
export const PORT_OPTIONS = [
  { name: "expose", type: "list", summary: "Expose a port or a range of ports" },
  {
    name: "publish",
    short: "p",
    type: "list",
    summary: "Publish a container's port(s) to the host",
  },
  {
    name: "publish-all",
    short: "P",
    type: "bool",
    summary: "Publish all exposed ports to random ports",
  },
] as const satisfies readonly OptionDeclaration[];

/**
 * Reads the options.
 *
 * @param options Their values.
 * @returns What the engine is asked for.
 * @throws {EngineError} `invalid`: a value cannot be.
 */
export function portOptions(
  options: OptionValues<typeof PORT_OPTIONS>,
): Pick<CreateContainerOptions, "exposedPorts" | "publish" | "publishAll"> {
  return {
    exposedPorts: options.expose.flatMap(parseExposedPorts),
    publish: options.publish.flatMap(parsePortRequests),
    publishAll: options.publishAll,
  };
}
