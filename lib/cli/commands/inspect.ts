/**
 * `tsd inspect`: describes containers and images.
 *
 * @module
 */

import type { Engine } from "../../engine/mod.ts";
import { EngineError } from "../../errors.ts";
import { defineCommand } from "../command_line/mod.ts";
import { formatInspect } from "../format_output.ts";
import { forEachOperand } from "./_for_each.ts";
import { openEngine } from "./_open_engine.ts";

/** The command. */
export const inspect = defineCommand({
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  options: [
    { name: "format", short: "f", type: "string", summary: "Go template for each object, or json" },
    { name: "type", type: "string", summary: "Only objects of this type: container or image" },
  ],
  arity: { least: 1 },
  examples: ["tsd inspect alpine", "tsd inspect -f '{{.State.ExitCode}}' web"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    const found: unknown[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push(await inspectAny(engine, name, options.type));
    });
    context.stdout.write(formatInspect(found, options.format));
    return exitCode;
  },
});

/** The command for containers alone. */
export const containerInspect = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    { name: "format", short: "f", type: "string", summary: "Go template for each object, or json" },
  ],
  arity: { least: 1 },
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    const found: unknown[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push(await engine.containers.inspect(name));
    });
    context.stdout.write(formatInspect(found, options.format));
    return exitCode;
  },
});

const KINDS: Readonly<Record<string, (engine: Engine, name: string) => unknown>> = {
  container: (engine, name) => engine.containers.inspect(name),
  image: (engine, name) => engine.images.inspect(name),
};

/** Containers come before images, as in Docker. */
async function inspectAny(engine: Engine, name: string, type?: string): Promise<unknown> {
  if (type !== undefined && !(type in KINDS)) {
    throw new EngineError(`"${type}" is not a valid value for --type: use container or image`, {
      kind: "invalid",
    });
  }
  for (const inspectKind of type === undefined ? Object.values(KINDS) : [KINDS[type]!]) {
    try {
      return await inspectKind(engine, name);
    } catch (error) {
      if (type !== undefined) throw error;
      if (!(error instanceof EngineError && error.kind === "notFound")) throw error;
    }
  }
  throw new EngineError(`No such object: ${name}`, { kind: "notFound" });
}
