/**
 * `tsd run`: creates a container and runs its command.
 *
 * @module
 */

import type { ContainerRecord, Engine } from "../../../engine/mod.ts";
import {
  type CommandContext,
  defineCommand,
  type OptionDeclaration,
  UsageError,
} from "../../command_line/mod.ts";
import { ExitCode } from "../../exit_code.ts";
import { type PassedSignals, passSignals, writeOutput } from "../../terminal/attach_streams.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../../terminal/detach_keys.ts";
import { currentTerminalSize, enterRawMode } from "../../terminal/raw_terminal.ts";
import { type SessionOptions, stayAttached } from "../_attached.ts";
import { openEngine } from "../_open_engine.ts";
import { pullReports } from "../_pull_reports.ts";
import { CREATE_OPTIONS, createOptions } from "../_run_options.ts";

const RUN_OPTIONS = [
  {
    name: "detach",
    short: "d",
    type: "bool",
    summary: "Run container in background and print container ID",
  },
  {
    name: "detach-keys",
    type: "string",
    summary: "Key sequence for detaching a container",
    default: DEFAULT_DETACH_KEYS,
  },
  {
    name: "sig-proxy",
    type: "bool",
    summary: "Proxy received signals to the process",
    default: true,
  },
  ...CREATE_OPTIONS,
] as const satisfies readonly OptionDeclaration[];

/** The command. */
export const run = defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  options: RUN_OPTIONS,
  arity: { least: 0 },
  passThrough: true,
  failureCode: ExitCode.ENGINE,
  examples: [
    "tsd run -it --rm alpine /bin/sh",
    "echo hello | tsd run -i --rm alpine cat",
    "tsd run --rm --rootfs / ps",
  ],
  async run({ options, operands }, context) {
    if (operands.length === 0 && options.rootfs === undefined) {
      throw new UsageError("tsd: 'tsd run' requires at least 1 argument", {
        exitCode: ExitCode.ENGINE,
      });
    }
    const wanted = createOptions(options, operands, context.env);
    const detachKeys = parseDetachKeys(options.detachKeys);
    if (!options.detach && options.tty && options.interactive && !Deno.stdin.isTerminal()) {
      context.stderr.line("tsd: the input device is not a TTY");
      return ExitCode.FAILURE;
    }
    using engine = openEngine(context, pullReports(options.quiet, wanted.image, context));
    // It starts up, where it has to, while the image is being looked for.
    await engine.containers.warmUp();
    const record = await engine.containers.create({
      ...wanted,
      provisional: true,
      attached: !options.detach,
      onWarning: (text) => context.stderr.line(`WARNING: ${text}`),
    });
    context.debug(`created ${record.id.slice(0, 12)} (${record.name})`);
    if (!options.detach) {
      const signals = options.sigProxy;
      return await runAttached(engine, record, { detachKeys, signals }, context);
    }
    await engine.containers.start(record.id);
    context.stdout.line(record.id);
    return 0;
  },
});

async function runAttached(
  engine: Engine,
  { id, settings }: ContainerRecord,
  options: Pick<SessionOptions, "detachKeys"> & Pick<PassedSignals, "signals">,
  context: CommandContext,
): Promise<number> {
  const { openStdin, terminal } = settings;
  const ownTerminal = terminal && Deno.stdin.isTerminal();
  // Before the command can say anything: a terminal answers some of it as if it was typed.
  const isRaw = ownTerminal && openStdin;
  using _raw = isRaw ? enterRawMode() : undefined;
  const attachment = await engine.containers.startAttached(id, {
    // Without a terminal nothing can detach from it: it ends with us, unless signals are for us only.
    owner: !terminal && options.signals,
    onOutput: writeOutput,
    size: ownTerminal ? currentTerminalSize() : undefined,
  });
  context.debug("the command runs");
  const { detachKeys, signals } = options;
  using _signals = passSignals(attachment, { signals, terminal: ownTerminal });
  const session = { terminal, input: openStdin, isRaw, detachKeys };
  const exitCode = await stayAttached(attachment, session);
  context.debug(`the command ended with ${exitCode}`);
  return exitCode;
}
