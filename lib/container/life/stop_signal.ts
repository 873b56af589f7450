/**
 * Signals as users name them.
 *
 * @module
 */

import { Signal, type SignalName } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";

// Other names of some (signal(7)).
const ALIASES: Readonly<Record<string, SignalName>> = {
  SIGCLD: "SIGCHLD",
  SIGIOT: "SIGABRT",
  SIGPOLL: "SIGIO",
};
const LAST_SIGNAL = 64;
const RTMIN = 34;

/**
 * Reads a signal.
 *
 * @param text `SIGTERM`, `TERM`, `term`, `15`, `RTMIN+3`.
 * @returns Its number.
 * @throws {EngineError} `invalid`: there is no such signal.
 */
export function parseSignal(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : byName(text.toUpperCase());
  if (number === undefined || number < 1 || number > LAST_SIGNAL) {
    throw new EngineError(`invalid signal: ${text}`, { kind: "invalid" });
  }
  return number;
}

function byName(text: string): number | undefined {
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  const known = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (Object.hasOwn(Signal, known)) return Signal[known as SignalName];
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (!realTime) return undefined;
  const [, base, sign, offset = "0"] = realTime;
  return (base === "MIN" ? RTMIN : LAST_SIGNAL) + (sign === "-" ? -1 : 1) * Number(offset);
}
