/**
 * `tsd volume create`: creates a volume.
 *
 * @module
 */

import { EngineError } from "../../../errors.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";
import { pairs } from "../_pairs.ts";

/** The command. */
export const volumeCreate = defineCommand({
  usage: "[OPTIONS] [VOLUME]",
  options: [
    {
      name: "driver",
      short: "d",
      type: "string",
      summary: "Specify volume driver name",
      default: "local",
    },
    { name: "label", type: "list", summary: "Set metadata for a volume" },
    { name: "name", type: "string", summary: "Specify volume name", hidden: true },
    {
      name: "opt",
      short: "o",
      type: "list",
      word: "map",
      summary: "Set driver specific options: type, device and o, as mount(8) has them",
    },
  ],
  arity: { least: 0, most: 1 },
  examples: [
    "tsd volume create data",
    "tsd volume create -o type=tmpfs -o device=tmpfs -o o=size=100m scratch",
  ],
  async run({ options, operands: [operand] }, context) {
    if (operand !== undefined && options.name !== undefined) {
      throw new EngineError(
        "conflicting options: either specify --name or provide positional arg, not both",
        { kind: "invalid" },
      );
    }
    using engine = openEngine(context);
    const { name } = await engine.volumes.create({
      name: operand ?? options.name,
      driver: options.driver,
      options: pairs(options.opt),
      labels: pairs(options.label),
    });
    context.stdout.line(name);
    return 0;
  },
});
