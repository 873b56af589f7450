/**
 * Running ip(8), many of its commands at a time.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import type { ProgramRunner } from "./program.ts";

/** Where and when commands are carried out. */
export interface IpOptions {
  /** A descriptor of the network namespace they are for; ours where absent. */
  namespace?: number;
  /** What has to be done before; the program starts up meanwhile, and does nothing where that fails. */
  after?: Promise<void>;
}

/**
 * Carries out commands of ip(8), one after another up to the first that fails.
 *
 * @param run Runs programs.
 * @param lines The commands, without `ip`: `link set tsd0 up`.
 * @param options Where and when.
 * @throws {EngineError} `unavailable`: ip is not installed; `system`: a command failed, the message
 * says which and why.
 * @throws What had to be done before failed with.
 */
export async function runIp(
  run: ProgramRunner,
  lines: readonly string[],
  { after, namespace }: IpOptions = {},
): Promise<void> {
  if (lines.length === 0) return await after;
  const text = `${lines.join("\n")}\n`;
  const input = after?.then(() => text);
  // Where the program cannot even be started, nobody waits for its input.
  input?.catch(() => {});
  const { code, stderr } = await run({
    name: "ip",
    args: ["-batch", "-"],
    input: input ?? text,
    ...namespace !== undefined && { namespace },
  });
  if (code === 0) return;
  const line: string | undefined =
    lines[Number(/Command failed -:(\d+)/.exec(stderr)?.[1] ?? 0) - 1];
  const type = /\btype (\w+)/.exec(line ?? "")?.[1];
  if (type !== undefined && /Unknown device type|not supported/.test(stderr)) {
    throw new EngineError(
      `Cannot make an interface of type ${type}: the kernel has none, try "modprobe ${type}"`,
      { kind: "unavailable" },
    );
  }
  throw new EngineError(`"ip ${line ?? "-batch"}" failed: ${reason(stderr)}`, { kind: "system" });
}

/** `RTNETLINK answers: File exists` becomes `File exists`. */
function reason(stderr: string): string {
  const text = stderr.replaceAll(/^Command failed -:\d+$/gm, "").trim();
  return text.replace(/^(?:RTNETLINK answers|Error): /, "").replaceAll(/\s*\n\s*/g, "; ");
}

/**
 * Quotes a word of a batch's command.
 *
 * @param text The word, without line feeds.
 * @returns The word in quotes.
 */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\\n]/g, "_")}"`;
}
