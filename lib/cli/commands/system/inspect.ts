/**
 * `tsd inspect`: describes containers, images, networks and volumes.
 *
 * @module
 */

import { OBJECT_TYPES, type ObjectType } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { type CommandContext, defineCommand } from "../../command_line/mod.ts";
import { formatInspect } from "../../format_output.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

const OPTIONS = [
  { name: "format", short: "f", type: "string", summary: "Go template for each object, or json" },
  { name: "size", short: "s", type: "bool", summary: "Measure containers: SizeRw and SizeRootFs" },
] as const;

/** The command. */
export const inspect = defineCommand({
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  options: [
    ...OPTIONS,
    {
      name: "type",
      type: "string",
      summary: "Only objects of this type: container, image, network, volume",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd inspect alpine", "tsd inspect -f '{{.State.ExitCode}}' web"],
  async run({ options, operands }, context) {
    const type = options.type === undefined ? undefined : objectType(options.type);
    if (options.size && type === "image") context.stderr.line("WARNING: --size ignored for image");
    return await printObjects(operands, { ...options, type }, context);
  },
});

/** The command for containers alone. */
export const containerInspect = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: OPTIONS,
  arity: { least: 1 },
  examples: ["tsd container inspect -f '{{json .State}}' web"],
  run: ({ options, operands }, context) =>
    printObjects(operands, { ...options, type: "container" }, context),
});

function objectType(text: string): ObjectType {
  const type = OBJECT_TYPES.find((type) => type === text);
  if (type !== undefined) return type;
  const types = OBJECT_TYPES.map((name) => `"${name}"`).join(", ");
  throw new EngineError(`unknown type: "${text}": must be one of ${types}`, { kind: "invalid" });
}

interface Wanted {
  format: string | undefined;
  size: boolean;
  type: ObjectType | undefined;
}

async function printObjects(
  names: readonly string[],
  { format, size, type }: Wanted,
  context: CommandContext,
): Promise<number> {
  using engine = openEngine(context);
  const found: unknown[] = [];
  const exitCode = await forEachOperand(names, context, async (name) => {
    found.push(await engine.system.inspect(name, { type, size }));
  });
  context.stdout.write(await formatInspect(found, format));
  return exitCode;
}
