/**
 * `tsd diff`: lists what a container has changed of its image's files.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const diff = defineCommand({
  usage: "CONTAINER",
  options: [],
  arity: { least: 1, most: 1 },
  examples: ["tsd diff web"],
  async run({ operands: [name] }, context) {
    using engine = openEngine(context);
    const changes = await engine.containers.diff(name!);
    const lines = changes.map(({ kind, path }) => `${kind} ${printable(path)}\n`);
    context.stdout.write(lines.join(""));
    return 0;
  },
});

/** What a container puts into names must not drive the user's terminal. */
function printable(path: string): string {
  return path.replaceAll(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
