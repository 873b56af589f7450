/**
 * `tsd start`: starts containers that do not run.
 *
 * @module
 */

import type { Engine } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { type CommandContext, defineCommand } from "../../command_line/mod.ts";
import { passSignals, writeOutput } from "../../terminal/attach_streams.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../../terminal/detach_keys.ts";
import { currentTerminalSize, enterRawMode } from "../../terminal/raw_terminal.ts";
import { stayAttached } from "../_attached.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const start = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    {
      name: "attach",
      short: "a",
      type: "bool",
      summary: "Attach STDOUT/STDERR and forward signals",
    },
    {
      name: "detach-keys",
      type: "string",
      summary: "Key sequence for detaching a container",
      default: DEFAULT_DETACH_KEYS,
    },
    { name: "interactive", short: "i", type: "bool", summary: "Attach container's STDIN" },
  ],
  arity: { least: 1 },
  examples: ["tsd start web", "tsd start -ai shell"],
  async run({ options, operands }, context) {
    const detachKeys = parseDetachKeys(options.detachKeys);
    using engine = openEngine(context);
    if (options.attach || options.interactive) {
      if (operands.length > 1) {
        throw new EngineError("you cannot start and attach multiple containers at once", {
          kind: "invalid",
        });
      }
      return await startAttached(engine, operands[0]!, options.interactive, detachKeys);
    }
    return await startAll(engine, operands, context);
  },
});

async function startAll(
  engine: Engine,
  names: readonly string[],
  context: CommandContext,
): Promise<number> {
  await engine.containers.warmUp();
  return await forEachOperand(names, context, async (name) => {
    // As in Docker, one that runs is as it should be.
    await engine.containers.start(name);
    context.stdout.line(name);
  });
}

async function startAttached(
  engine: Engine,
  name: string,
  interactive: boolean,
  detachKeys: Uint8Array,
): Promise<number> {
  const { id, settings } = await engine.containers.find(name);
  const { attached, openStdin, terminal } = settings;
  const ownTerminal = terminal && Deno.stdin.isTerminal();
  const input = interactive && openStdin;
  const isRaw = ownTerminal && input;
  using _raw = isRaw ? enterRawMode() : undefined;
  const starting = engine.containers.startAttached(id, {
    onOutput: writeOutput,
    size: ownTerminal ? currentTerminalSize() : undefined,
  });
  using _signals = passSignals(starting, { signals: true, terminal: ownTerminal });
  const keepsInput = !attached;
  return await stayAttached(await starting, { terminal, input, keepsInput, isRaw, detachKeys });
}
