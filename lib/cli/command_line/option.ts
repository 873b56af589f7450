/**
 * How a command declares its options, and the values it gets.
 *
 * @module
 */

/** What an option's value is, and how the command sees it. */
export interface OptionTypes {
  /** A switch; `--name=false` turns it off. */
  bool: boolean;
  /** Text. */
  string: string;
  /** A whole number. */
  int: number;
  /** A number. */
  decimal: number;
  /** Texts, one each time the option is given. */
  list: string[];
  /** A size such as `512m`, seen in bytes. */
  bytes: number;
  /** A duration such as `1m30s`, seen in milliseconds. */
  duration: number;
}

/** An option of a command. */
export interface OptionDeclaration {
  /** The long name without dashes: `no-trunc`. */
  readonly name: string;
  /** The one-letter name. */
  readonly short?: string;
  /** What its value is. */
  readonly type: keyof OptionTypes;
  /** A noun phrase or an imperative, without a full stop. */
  readonly summary: string;
  /** What help calls the value, where the type's name says too little: `filter`, `network`. */
  readonly word?: string;
  /** The value where the option is not given. */
  readonly default?: boolean | string | number;
  /** Whether help leaves it out. */
  readonly hidden?: boolean;
}

/** `no-trunc` as `noTrunc`. */
export type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** Switches are `false` and lists empty where they are not given; others are `undefined`. */
type ValueOf<T extends OptionDeclaration> = T extends { type: "bool" | "list" }
  ? OptionTypes[T["type"]]
  : T extends { default: string | number } ? OptionTypes[T["type"]]
  : OptionTypes[T["type"]] | undefined;

/** The values of options, by name in camel case. */
export type OptionValues<T extends readonly OptionDeclaration[]> = {
  [Option in T[number] as CamelCase<Option["name"]>]: ValueOf<Option>;
};

/**
 * Turns an option's name into the property that holds its value.
 *
 * @param name The long name: `no-trunc`.
 * @returns Its name in camel case: `noTrunc`.
 */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
}

/**
 * Names an option as messages do.
 *
 * @param option The option.
 * @returns `-t, --timeout` or `--timeout`.
 */
export function optionFlags(option: OptionDeclaration): string {
  const { name, short } = option;
  return short === undefined ? `--${name}` : `-${short}, --${name}`;
}
