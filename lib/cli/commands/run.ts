/**
 * `tsd run`: creates a container and runs its command.
 *
 * @module
 */

import type { Attachment, Engine, FindImageOptions } from "../../engine/mod.ts";
import { familiarName, parseReference } from "../../image/reference.ts";
import { type CommandContext, defineCommand, UsageError } from "../command_line/mod.ts";
import { ExitCode } from "../exit_code.ts";
import { narratePull, type PullNarration } from "../pull_display.ts";
import { passInput, passSignals, writeOutput } from "../terminal/attach_streams.ts";
import { currentTerminalSize, enterRawMode } from "../terminal/raw_terminal.ts";
import { openEngine } from "./_open_engine.ts";
import { CREATE_OPTIONS, createOptions, type CreateOptionValues } from "./_run_options.ts";

/** The command. */
export const run = defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  options: CREATE_OPTIONS,
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
    if (options.tty && options.interactive && !Deno.stdin.isTerminal()) {
      context.stderr.line("tsd: the input device is not a TTY");
      return ExitCode.FAILURE;
    }
    using engine = openEngine(context, pullReports(options, wanted.image, context));
    // It starts up, where it has to, while the image is being looked for.
    engine.containers.warmUp();
    const record = await engine.containers.create(wanted);
    context.debug(`created ${record.id.slice(0, 12)} (${record.name})`);
    return await runAttached(engine, record, context);
  },
});

async function runAttached(
  engine: Engine,
  record: Parameters<Engine["containers"]["start"]>[0],
  context: CommandContext,
): Promise<number> {
  const { openStdin, terminal } = record.settings;
  const ownTerminal = terminal && Deno.stdin.isTerminal();
  const attachment = await engine.containers.start(
    record,
    // Without a terminal nothing can detach from it: it ends with us.
    { owner: !terminal, onOutput: writeOutput },
    ownTerminal ? currentTerminalSize() : undefined,
  );
  context.debug("the command runs");
  using _signals = passSignals(attachment, ownTerminal);
  using _raw = ownTerminal && openStdin ? enterRawMode() : undefined;
  if (openStdin) inBackground(passInput(attachment), attachment);
  const exitCode = await attachment.exitCode;
  context.debug(`the command ended with ${exitCode}`);
  return exitCode;
}

/** Reading what nobody may ever type must not hold up the end; that it fails must not pass unseen. */
function inBackground(input: Promise<void>, attachment: Attachment): void {
  input.catch(() => attachment.closeInput());
}

function pullReports(
  options: CreateOptionValues,
  image: string | undefined,
  context: CommandContext,
): FindImageOptions {
  const { signal, stderr } = context;
  let narration: PullNarration | undefined;
  const narrate = () => narration ??= narratePull(parseReference(image!), stderr, context);
  const missing = (name: string) => {
    stderr.line(`Unable to find image '${familiarName(parseReference(name))}' locally`);
  };
  if (options.quiet) return { signal, onMissing: missing };
  return {
    signal,
    onMissing: missing,
    onProgress: (report) => narrate().update(report),
    onPulled: (pulled) => {
      narrate().finish();
      narrate().done(pulled);
    },
  };
}
