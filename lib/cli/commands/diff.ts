/**
 * `tsd diff`: lists what a container has changed of its image's files.
 *
 * @module
 */

import { listContainerChanges } from "../../engine/describe/container_changes.ts";
import { defineCommand } from "../command_line/mod.ts";
import { openedInstance } from "./_opened_instance.ts";

/** The command. */
export const diff = defineCommand({
  usage: "CONTAINER",
  options: [],
  arity: { least: 1, most: 1 },
  examples: ["tsd diff web"],
  async run({ operands: [name] }, context) {
    using instance = openedInstance(context);
    const changes = await listContainerChanges(instance, name!);
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
