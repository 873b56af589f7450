/**
 * `tsd attach`: attaches to a running container.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { passSignals, writeOutput } from "../../terminal/attach_streams.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../../terminal/detach_keys.ts";
import { currentTerminalSize } from "../../terminal/raw_terminal.ts";
import { stayAttached } from "../_attached.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const attach = defineCommand({
  usage: "[OPTIONS] CONTAINER",
  options: [
    {
      name: "detach-keys",
      type: "string",
      summary: "Key sequence for detaching a container",
      default: DEFAULT_DETACH_KEYS,
    },
    { name: "no-stdin", type: "bool", summary: "Do not attach STDIN" },
    {
      name: "sig-proxy",
      type: "bool",
      summary: "Proxy all received signals to the process",
      default: true,
    },
  ],
  arity: { least: 1, most: 1 },
  examples: ["tsd attach shell"],
  async run({ options, operands: [name] }, context) {
    const detachKeys = parseDetachKeys(options.detachKeys);
    using engine = openEngine(context);
    const { settings } = await engine.containers.find(name!);
    const attachment = await engine.containers.attach(name!, { onOutput: writeOutput });
    const { attached, openStdin, terminal } = settings;
    const ownTerminal = terminal && Deno.stdin.isTerminal();
    using _signals = passSignals(attachment, { signals: options.sigProxy, terminal: ownTerminal });
    if (ownTerminal) {
      // The command draws its screen again, which it does for nothing but a change of the size.
      const { columns, rows } = currentTerminalSize();
      await attachment.resize({ columns: columns + 1, rows: rows + 1 });
      await attachment.resize({ columns, rows });
    }
    const input = openStdin && !options.noStdin;
    const keepsInput = !attached;
    return await stayAttached(attachment, { terminal, input, keepsInput, detachKeys });
  },
});
