/**
 * `tsd run`: creates a container and runs its command.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/mod.ts";
import {
  type ContainerContext,
  containerContext,
} from "../../engine/instance/container_context.ts";
import { createContainer } from "../../engine/create/create_container.ts";
import type { CreateContainerOptions } from "../../engine/create/create_options.ts";
import { imageOfContainer, imagesForContainers } from "../../engine/create/image_of_container.ts";
import { startAttached, startDetached } from "../../engine/lifecycle/start_container.ts";
import {
  type CommandContext,
  defineCommand,
  type OptionDeclaration,
  UsageError,
} from "../command_line/mod.ts";
import { ExitCode } from "../exit_code.ts";
import { type PassedSignals, passSignals, writeOutput } from "../terminal/attach_streams.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../terminal/detach_keys.ts";
import { currentTerminalSize, enterRawMode } from "../terminal/raw_terminal.ts";
import { type SessionOptions, stayAttached } from "./_attached.ts";
import { openedInstance } from "./_opened_instance.ts";
import { pullReports } from "./_pull_reports.ts";
import { CREATE_OPTIONS, createOptions } from "./_run_options.ts";

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
    using instance = openedInstance(context);
    const containers = containerContext(instance);
    // It starts up, where it has to, while the image is being looked for.
    containers.supervisor.warmUp();
    const reports = pullReports(options.quiet, wanted.image, context);
    const images = imagesForContainers(instance);
    const findImage = (wanted: CreateContainerOptions) => imageOfContainer(images, wanted, reports);
    const record = await createContainer(instance, containers.store, findImage, {
      ...wanted,
      attached: !options.detach,
      onWarning: (text) => context.stderr.line(`WARNING: ${text}`),
    });
    context.debug(`created ${record.id.slice(0, 12)} (${record.name})`);
    if (!options.detach) {
      const signals = options.sigProxy;
      return await runAttached(containers, record, { detachKeys, signals }, context);
    }
    await startDetached(containers, record);
    context.stdout.line(record.id);
    return 0;
  },
});

async function runAttached(
  containers: ContainerContext,
  record: ContainerRecord,
  options: Pick<SessionOptions, "detachKeys"> & Pick<PassedSignals, "signals">,
  context: CommandContext,
): Promise<number> {
  const { openStdin, terminal } = record.settings;
  const ownTerminal = terminal && Deno.stdin.isTerminal();
  // Before the command can say anything: a terminal answers some of it as if it was typed.
  const isRaw = ownTerminal && openStdin;
  using _raw = isRaw ? enterRawMode() : undefined;
  const attachment = await startAttached(
    containers,
    record,
    // Without a terminal nothing can detach from it: it ends with us, unless signals are for us only.
    { owner: !terminal && options.signals, onOutput: writeOutput },
    ownTerminal ? currentTerminalSize() : undefined,
  );
  context.debug("the command runs");
  const { detachKeys, signals } = options;
  using _signals = passSignals(attachment, { signals, terminal: ownTerminal });
  const session = { terminal, input: openStdin, isRaw, detachKeys };
  const exitCode = await stayAttached(attachment, session);
  context.debug(`the command ended with ${exitCode}`);
  return exitCode;
}
