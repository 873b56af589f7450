/**
 * Parses a command's options as Docker's command line takes them.
 *
 * Commander cuts the arguments; it is told to stop at the first one it does not know, and what
 * Docker understands differently is decided here: `--rm=false`, `--no-trunc` as a name of its own,
 * options between operands.
 *
 * @module
 */

// The only file that imports commander: the bundle replaces the Node built-ins it asks for.
import { Command as Commander, CommanderError, Option } from "npm:commander@15.1.0";
import { nearest } from "./nearest.ts";
import { camelCase, type OptionDeclaration } from "./option.ts";
import { readOptionValue } from "./option_value.ts";
import { UsageError } from "./usage_error.ts";

/** Options of {@linkcode parseOptions}. */
export interface ParseOptions {
  /** The options the command takes, besides `--help`. */
  declarations: readonly OptionDeclaration[];
  /** Whether options may follow operands; if not, the first operand ends them. */
  interspersed: boolean;
}

/** What {@linkcode parseOptions} found. */
export interface ParsedOptions {
  /** The options' values by name in camel case. */
  options: Record<string, unknown>;
  /** The operands, in order. */
  operands: string[];
  /** Whether help was asked for; options and operands are not complete then. */
  help: boolean;
}

const HELP: OptionDeclaration = { name: "help", type: "bool", summary: "Print usage" };

/**
 * Parses arguments.
 *
 * @param args The arguments after the command's name.
 * @param settings What the command takes.
 * @returns The options' values and the operands.
 * @throws {UsageError} An option is unknown, or has no or a wrong value.
 */
export function parseOptions(args: readonly string[], settings: ParseOptions): ParsedOptions {
  return new OptionParser(settings).parse(args);
}

/** The option that was met last, and the text it was given. */
interface Met {
  declaration: OptionDeclaration;
  text: string | undefined;
}

class OptionParser {
  readonly #declarations: readonly OptionDeclaration[];
  readonly #interspersed: boolean;
  readonly #commander = createCommander();
  #met: Met | undefined;

  constructor({ declarations, interspersed }: ParseOptions) {
    const help = declarations.some(({ short }) => short === "h") ? HELP : { ...HELP, short: "h" };
    this.#declarations = [...declarations, help];
    this.#interspersed = interspersed;
    for (const declaration of this.#declarations) this.#declare(declaration);
  }

  parse(args: readonly string[]): ParsedOptions {
    const operands: string[] = [];
    try {
      this.#walk(args, operands);
    } catch (error) {
      // What follows --help does not matter.
      if (!(error instanceof UsageError && this.#commander.getOptionValue("help"))) throw error;
    }
    const { help, ...options } = this.#commander.opts();
    return { options, operands, help: Boolean(help) };
  }

  #declare(declaration: OptionDeclaration): void {
    const { name, short, type } = declaration;
    const flags = short === undefined ? `--${name}` : `-${short}, --${name}`;
    const option = new Option(type === "bool" ? flags : `${flags} <value>`);
    // Commander takes --no-x for the opposite of --x; here it is a name like any other.
    option.negate = false;
    if (type !== "bool") {
      option.argParser((text: string, before: unknown) => {
        const value = readOptionValue(declaration, this.#withoutEquals(declaration, text));
        return type === "list" ? [...(before as string[]), value] : value;
      });
    }
    option.default(
      declaration.default ?? (type === "bool" ? false : type === "list" ? [] : undefined),
    );
    this.#commander.addOption(option);
    this.#commander.on(`option:${name}`, (text?: string) => {
      this.#met = { declaration, text };
    });
  }

  #walk(args: readonly string[], operands: string[]): void {
    let rest = [...args];
    while (rest.length > 0) {
      this.#rest = rest;
      this.#met = undefined;
      const { operands: [first, ...others], unknown: [offender, ...remaining] } = this.#cut(rest);
      if (offender !== undefined) {
        this.#switch(offender);
        rest = remaining;
        continue;
      }
      if (first === undefined) return;
      const isLiteral = this.#endsInTerminator(rest.slice(0, rest.length - others.length - 1));
      // Commander takes negative numbers for operands.
      if (!isLiteral && first.length > 1 && first.startsWith("-")) throw this.#unknown(first);
      operands.push(first);
      if (isLiteral || !this.#interspersed) operands.push(...others);
      rest = isLiteral || !this.#interspersed ? [] : others;
    }
  }

  /** The arguments being cut now. */
  #rest: readonly string[] = [];

  #cut(args: string[]): { operands: string[]; unknown: string[] } {
    try {
      return this.#commander.parseOptions(args);
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      // An option that lacks its value can only be the last argument.
      const last = args.at(-1)!;
      const name = last.startsWith("--") ? last : `'${last.at(-1)}' in -${last.at(-1)}`;
      throw new UsageError(`flag needs an argument: ${name}`);
    }
  }

  /** Tells whether `--` ended the options; it may also be the value of the last one. */
  #endsInTerminator(consumed: readonly string[]): boolean {
    return consumed.at(-1) === "--" && this.#met?.text !== "--";
  }

  /** Sets a switch that was given a value, which commander has no notion of. */
  #switch(argument: string): void {
    const [, name, text = ""] = /^-(?:-([^=]+))?=(.*)$/s.exec(argument) ?? [];
    const declaration = name === undefined
      ? argument.startsWith("-=") ? this.#met?.declaration : undefined
      : this.#declarations.find((one) => one.name === name);
    if (declaration?.type !== "bool") throw this.#unknown(argument);
    this.#commander.setOptionValue(
      camelCase(declaration.name),
      readOptionValue(declaration, text),
    );
  }

  /** Drops the `=` of `-e=A`, which commander keeps. */
  #withoutEquals({ short }: OptionDeclaration, text: string): string {
    if (short === undefined || !text.startsWith("=")) return text;
    const isCluster = (arg: string): boolean => /^-[^-]/.test(arg) && arg.endsWith(short + text);
    return this.#rest.some(isCluster) ? text.slice(1) : text;
  }

  #unknown(argument: string): UsageError {
    const [flag = ""] = argument.split("=", 1);
    if (/^-{2,}$|^---/.test(flag)) return new UsageError(`bad flag syntax: ${argument}`);
    const names = this.#declarations.filter(({ hidden }) => !hidden).map(({ name }) => name);
    if (!flag.startsWith("--")) {
      const word = flag.slice(1);
      const suggestion = names.includes(word) ? `--${word}` : undefined;
      return new UsageError(`unknown shorthand flag: '${word[0] ?? "="}' in ${argument}`, {
        suggestion,
      });
    }
    const near = nearest(flag.slice(2), names);
    return new UsageError(`unknown flag: ${flag}`, { suggestion: near && `--${near}` });
  }
}

function createCommander(): Commander {
  return new Commander().exitOverride().passThroughOptions().helpOption(false)
    .configureOutput({ outputError: () => {} });
}
