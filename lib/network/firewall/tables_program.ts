/**
 * The programs of iptables(8), of either back-end.
 *
 * @module
 */

import { hostProgram } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { findProgram } from "../program.ts";
import type { Family } from "../address.ts";

/**
 * Which of a system's two sets of tables the programs work on. `default` is what `iptables` itself
 * stands for, where a system has the programs under no other name.
 */
export type Backend = "nft" | "legacy" | "default";

/** How a program ended. */
export interface ProgramResult {
  /** Whether it did what it was asked for. */
  success: boolean;
  /** Its output. */
  output: string;
  /** What it said of its failure, in one line. */
  message: string;
}

/**
 * Names a program.
 *
 * @param backend Its back-end.
 * @param family The version of IP.
 * @param verb What it does.
 * @returns Such as `ip6tables-nft-restore`.
 */
export function programName(backend: Backend, family: Family, verb: "restore" | "save"): string {
  const base = family === 4 ? "iptables" : "ip6tables";
  return backend === "default" ? `${base}-${verb}` : `${base}-${backend}-${verb}`;
}

/**
 * Reads the rules of a host.
 *
 * @param backend Whose rules.
 * @param family The version of IP.
 * @returns The result of `iptables-save`; nothing where the program does not exist.
 */
export async function saveRules(
  backend: Backend,
  family: Family,
): Promise<ProgramResult | undefined> {
  return await runProgram(programName(backend, family, "save"), [], "");
}

/**
 * Changes the rules of a host.
 *
 * @param backend Whose rules.
 * @param family The version of IP.
 * @param text Input of `iptables-restore`; what it does not speak of is left alone.
 * @returns The result; nothing where the program does not exist.
 */
export async function restoreRules(
  backend: Backend,
  family: Family,
  text: string,
): Promise<ProgramResult | undefined> {
  // The legacy back-end refuses to work beside another one that holds its lock, unless it may wait.
  return await runProgram(programName(backend, family, "restore"), ["--noflush", "-w"], text);
}

async function runProgram(
  name: string,
  args: string[],
  input: string,
): Promise<ProgramResult | undefined> {
  const child = spawn(name, args);
  if (!child) return undefined;
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close());
  // One that gives up early does not read to the end, and says why by itself.
  const [{ stderr, stdout, success }] = await Promise.all([
    child.output(),
    written.catch((error) => {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }),
  ]);
  const decoder = new TextDecoder();
  const message = decoder.decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
  return { success, output: decoder.decode(stdout), message };
}

function spawn(name: string, args: string[]): Deno.ChildProcess | undefined {
  const path = pathOf(name);
  if (path === undefined) return undefined;
  return hostProgram(path, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
}

function pathOf(name: string): string | undefined {
  try {
    return findProgram(name);
  } catch (error) {
    if (error instanceof EngineError && error.kind === "unavailable") return undefined;
    throw error;
  }
}

/**
 * The error for a host without the programs.
 *
 * @param family The version of IP.
 * @returns An error that names the package.
 */
export function programsMissing(family: Family): EngineError {
  const name = family === 4 ? "iptables" : "ip6tables";
  return new EngineError(
    `Cannot set up the firewall: ${name} is not installed, install the package "iptables"`,
    { kind: "unavailable" },
  );
}
