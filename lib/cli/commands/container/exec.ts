/**
 * `tsd exec`: executes a command in a running container.
 *
 * @module
 */

import { parseVariable, parseVariableFile } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { type CommandContext, defineCommand } from "../../command_line/mod.ts";
import { ExitCode } from "../../exit_code.ts";
import { passSignals, writeOutput } from "../../terminal/attach_streams.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../../terminal/detach_keys.ts";
import { currentTerminalSize, enterRawMode } from "../../terminal/raw_terminal.ts";
import { stayAttached } from "../_attached.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const exec = defineCommand({
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  options: [
    {
      name: "detach",
      short: "d",
      type: "bool",
      summary: "Detached mode: run command in the background",
    },
    {
      name: "detach-keys",
      type: "string",
      summary: "Key sequence for detaching from the command",
      default: DEFAULT_DETACH_KEYS,
    },
    {
      name: "ends-with-client",
      type: "bool",
      summary: "Kill the command when this process is killed, as health checks are",
      hidden: true,
    },
    { name: "env", short: "e", type: "list", summary: "Set environment variables" },
    { name: "env-file", type: "list", summary: "Read in a file of environment variables" },
    {
      name: "interactive",
      short: "i",
      type: "bool",
      summary: "Pass standard input on to the command",
    },
    { name: "privileged", type: "bool", summary: "Give all capabilities to the command" },
    { name: "tty", short: "t", type: "bool", summary: "Allocate a pseudo-TTY" },
    {
      name: "user",
      short: "u",
      type: "string",
      summary: "User name or UID (format: <name|uid>[:<group|gid>])",
    },
    {
      name: "workdir",
      short: "w",
      type: "string",
      summary: "Working directory inside the container",
    },
  ],
  arity: { least: 2 },
  passThrough: true,
  examples: ["tsd exec -it web /bin/sh", "tsd exec -u postgres db pg_dumpall > backup.sql"],
  async run({ options, operands: [name, ...command] }, context) {
    const { detach, interactive, tty: terminal } = options;
    const detachKeys = parseDetachKeys(options.detachKeys);
    const ownTerminal = terminal && !detach && Deno.stdin.isTerminal();
    if (terminal && interactive && !detach && !ownTerminal) {
      context.stderr.line("tsd: the input device is not a TTY");
      return ExitCode.FAILURE;
    }
    const env = variables(options, context);
    using engine = openEngine(context);
    // Before the command can ask the terminal anything: the answer comes as if it were typed.
    const isRaw = ownTerminal && interactive;
    using _raw = isRaw ? enterRawMode() : undefined;
    const starting = engine.containers.startExec(name!, command, {
      env,
      user: options.user,
      workingDirectory: options.workdir,
      privileged: options.privileged,
      terminal,
      size: ownTerminal ? currentTerminalSize() : undefined,
      openStdin: interactive && !detach,
      inherit: true,
      onlyChild: true,
      detach,
      endsWithParent: options.endsWithClient,
      ...!detach && { onOutput: writeOutput },
    });
    using _signals = detach
      ? undefined
      : passSignals(starting, { signals: true, terminal: ownTerminal });
    const session = await starting;
    context.debug("the command runs");
    const input = interactive && session.takesInput;
    if (detach) return 0;
    return await stayAttached(session, { terminal, input, isRaw, detachKeys });
  },
});

/** Files first: `-e` overrides them. */
function variables(
  options: { env: readonly string[]; envFile: readonly string[] },
  context: CommandContext,
): string[] {
  const fromFiles = options.envFile.flatMap((path) => {
    try {
      return parseVariableFile(path, Deno.readTextFileSync(path), context.env);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError(`Cannot read the file "${path}"`, { kind: "invalid", cause: error });
    }
  });
  return [...fromFiles, ...options.env.flatMap((text) => parseVariable(text, context.env) ?? [])];
}
