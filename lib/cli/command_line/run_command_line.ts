/**
 * Runs a command line: finds the command, parses its arguments, runs it, reports its failure.
 *
 * @module
 */

import { advised } from "../../engine/mod.ts";
import { ExitCode, exitCodeOf, reportError } from "../exit_code.ts";
import { BrokenPipeError } from "../text_output.ts";
import { checkArity } from "./arity.ts";
import type { CommandContext, ProcessContext } from "./context.ts";
import { commandHelp, groupHelp, programHelp, usageLine } from "./help.ts";
import type { OptionDeclaration, OptionValues } from "./option.ts";
import { parseOptions } from "./parse_options.ts";
import { type CommandEntry, type CommandGroup, type Registry, resolve } from "./registry.ts";
import { UsageError } from "./usage_error.ts";

/** Options that stand before the command. */
const GLOBAL_OPTIONS = [
  {
    name: "config",
    type: "string",
    word: "file",
    summary: "Configuration file (default /etc/tsd/config.json)",
  },
  { name: "debug", short: "D", type: "bool", summary: "Print each step with its time" },
  {
    name: "root",
    type: "string",
    word: "dir",
    summary: "Directory of the engine's state (default $TSD_ROOT or /var/lib/tsd)",
  },
  {
    name: "version",
    short: "v",
    type: "bool",
    summary: "Print version information and quit",
  },
] as const satisfies readonly OptionDeclaration[];

/** The width of help texts where there is no terminal, in characters. */
const DEFAULT_COLUMNS = 80;

/**
 * Runs a command line.
 *
 * @param registry The commands there are.
 * @param args The arguments of the program.
 * @param process The process to run in.
 * @returns The exit code; failures have been reported.
 */
export async function runCommandLine(
  registry: Registry,
  args: readonly string[],
  process: ProcessContext,
): Promise<number> {
  try {
    return await new CommandLine(registry, process).run(args);
  } catch (error) {
    if (error instanceof BrokenPipeError) return ExitCode.BROKEN_PIPE;
    throw error;
  }
}

class CommandLine {
  readonly #registry: Registry;
  readonly #process: ProcessContext;

  constructor(registry: Registry, process: ProcessContext) {
    this.#registry = registry;
    this.#process = process;
  }

  async run(args: readonly string[]): Promise<number> {
    const { program, version } = this.#registry;
    let parsed;
    try {
      parsed = parseOptions(args, { declarations: GLOBAL_OPTIONS, interspersed: false });
    } catch (error) {
      return this.#usageFailure(error, `Usage:  ${program} [OPTIONS] COMMAND [ARG...]`, "");
    }
    if (parsed.help) return this.#print(this.#programHelp());
    const globals = parsed.options as OptionValues<typeof GLOBAL_OPTIONS>;
    if (globals.version) return this.#print(`${program} version ${version}\n`);
    const [first, ...others] = parsed.operands;
    if (first === undefined) {
      this.#process.stderr.write(this.#programHelp());
      return 0;
    }
    if (first === "help") return await this.#help(others);
    return await this.#dispatch(parsed.operands, this.#context(globals));
  }

  #context(globals: OptionValues<typeof GLOBAL_OPTIONS>): CommandContext {
    const { stderr } = this.#process;
    const { debug: isDebug, config } = globals;
    return {
      ...this.#process,
      // An empty variable counts as none, as shells have it.
      root: globals.root ?? (this.#process.env("TSD_ROOT") || undefined),
      config,
      isDebug,
      debug: (step) => {
        if (isDebug) stderr.line(`[${performance.now().toFixed(1).padStart(8)} ms] ${step}`);
      },
    };
  }

  #help(words: readonly string[]): number | Promise<number> {
    if (words.length === 0) return this.#print(this.#programHelp());
    const found = resolve(this.#registry, words);
    if (found.kind === "group") return this.#print(groupHelp(this.#registry, found.group));
    if (found.kind === "unknown") return this.#unknownCommand(found.written, found.suggestion);
    return this.#commandHelp(found.entry, found.name);
  }

  async #dispatch(words: readonly string[], context: CommandContext): Promise<number> {
    const found = resolve(this.#registry, words);
    switch (found.kind) {
      case "unknown":
        return this.#unknownCommand(found.written, found.suggestion);
      case "group":
        return this.#group(found.group, found.args);
      case "command":
        return await this.#command(found.entry, found.name, found.args, context);
    }
  }

  /** A group without a command: its help, on standard error unless it was asked for. */
  #group(group: CommandGroup, args: readonly string[]): number {
    const { program } = this.#registry;
    let help: boolean;
    try {
      ({ help } = parseOptions(args, { declarations: [], interspersed: false }));
    } catch (error) {
      return this.#usageFailure(error, `Usage:  ${program} ${group.name} COMMAND`, group.name);
    }
    const { stdout, stderr } = this.#process;
    (help ? stdout : stderr).write(groupHelp(this.#registry, group));
    return 0;
  }

  async #command(
    entry: CommandEntry,
    name: string,
    args: readonly string[],
    context: CommandContext,
  ): Promise<number> {
    const command = await entry.load();
    const { options: declarations, arity, failureCode } = command;
    let parsed;
    try {
      parsed = parseOptions(args, { declarations, interspersed: !command.passThrough });
      if (parsed.help) return await this.#commandHelp(entry, name);
      checkArity(`${this.#registry.program} ${name}`, arity, parsed.operands.length);
    } catch (error) {
      return this.#usageFailure(error, usageLine(this.#registry, name, command), name);
    }
    try {
      return await command.run(
        { options: parsed.options as never, operands: parsed.operands },
        context,
      );
    } catch (error) {
      if (error instanceof BrokenPipeError) throw error;
      if (error instanceof UsageError) {
        return this.#usageFailure(error, usageLine(this.#registry, name, command), name);
      }
      reportError(await advised(error, context), context.stderr, context.isDebug);
      return exitCodeOf(error, failureCode);
    }
  }

  async #commandHelp(entry: CommandEntry, name: string): Promise<number> {
    const command = await entry.load();
    return this.#print(commandHelp(this.#registry, entry, name, command, this.#columns()));
  }

  #unknownCommand(written: string, suggestion: string | undefined): number {
    const { program } = this.#registry;
    const error = new UsageError(`${program}: '${written}' is not a ${program} command.`, {
      suggestion: suggestion && `'${program} ${suggestion}'`,
      exitCode: ExitCode.FAILURE,
    });
    const group = written.includes(" ") ? written.split(" ", 1)[0]! : "";
    return this.#usageFailure(error, "", group);
  }

  /** Reports a command line that cannot be understood; anything else is thrown on. */
  #usageFailure(error: unknown, usage: string, path: string): number {
    if (!(error instanceof UsageError)) throw error;
    const { stderr } = this.#process;
    const hint = error.suggestion ? `Did you mean ${error.suggestion}?\n` : "";
    const command = `${this.#registry.program} ${path}`.trim();
    stderr.write(
      `${error.message}\n${hint}\n${usage && `${usage}\n\n`}` +
        `Run '${command} --help' for more information\n`,
    );
    return error.exitCode;
  }

  #programHelp(): string {
    return programHelp(this.#registry, GLOBAL_OPTIONS, this.#columns());
  }

  #columns(): number {
    return this.#process.terminalSize()?.columns ?? DEFAULT_COLUMNS;
  }

  #print(text: string): number {
    this.#process.stdout.write(text);
    return 0;
  }
}
