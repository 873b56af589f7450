/**
 * The HEALTHCHECK instruction.
 *
 * @module
 * @see https://docs.docker.com/reference/dockerfile/#healthcheck
 */

import type { ImageHealthcheck } from "../spec/config.ts";

/** Members of the configuration by the instruction's flags. */
const FLAGS: Readonly<Record<string, keyof ImageHealthcheck>> = {
  "interval": "Interval",
  "timeout": "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
  "retries": "Retries",
};
/** Nanoseconds of Go's units of time. */
const UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
// A shorter time would mean nothing but a mistyped unit.
const LEAST_NANOSECONDS = 1e6;

/**
 * Reads what follows HEALTHCHECK.
 *
 * @param text `NONE`, or flags, `CMD` and a command.
 * @param execForm Reads a command in exec form; nothing where it is a shell's.
 * @returns The health check.
 * @throws {SyntaxError} It is neither.
 */
export function parseHealthcheck(
  text: string,
  execForm: (text: string) => string[] | undefined,
): ImageHealthcheck {
  const flags: Record<string, number> = {};
  let rest = text;
  for (let flag; (flag = /^--([a-z-]+)=(\S*)\s*/.exec(rest));) {
    const [whole, name, value] = flag;
    const member = Object.hasOwn(FLAGS, name!) ? FLAGS[name!] : undefined;
    if (member === undefined) throw new SyntaxError(`unknown flag: --${name}`);
    flags[member] = name === "retries" ? retries(value!) : duration(name!, value!);
    rest = rest.slice(whole.length);
  }
  const [, kind, command] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (kind?.toUpperCase() === "NONE" && command === "" && rest === text) return { Test: ["NONE"] };
  if (kind?.toUpperCase() !== "CMD") {
    throw new SyntaxError(`Unknown type "${kind ?? ""}" in HEALTHCHECK (try CMD)`);
  }
  if (command === "") throw new SyntaxError("Missing command after HEALTHCHECK CMD");
  const exec = execForm(command!);
  return { Test: exec ? ["CMD", ...exec] : ["CMD-SHELL", command!], ...flags };
}

function retries(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new SyntaxError(`--retries must be a number, not "${text}"`);
  return Number(text);
}

function duration(name: string, text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw new SyntaxError(`--${name} must be a duration such as 30s, not "${text}"`);
  }
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * UNIT[unit!]!;
  }
  if (sum !== 0 && sum < LEAST_NANOSECONDS) {
    throw new SyntaxError(`Interval "${name}" cannot be less than 1ms`);
  }
  return Math.round(sum);
}
