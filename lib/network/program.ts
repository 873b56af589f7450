/**
 * The programs that set up interfaces and addresses.
 *
 * @module
 */

import { hostProgram } from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";

/** A run of a program. */
export interface ProgramCall {
  /** The program's name: `ip`. */
  name: string;
  /** Its arguments. */
  args: readonly string[];
  /**
   * What it reads from its standard input, at most 64 KiB. Where that is not known yet it may be
   * started already; where that fails it reads nothing.
   */
  input: string | Promise<string>;
  /** A descriptor of the network namespace it works in; this process's own where absent. */
  namespace?: number;
}

/** How a program ended. */
export interface ProgramResult {
  /** Its exit code. */
  code: number;
  /** What it wrote to its standard error. */
  stderr: string;
}

/** Runs programs. */
export interface ProgramRunner {
  /**
   * Runs a program to its end.
   *
   * @param call What to run.
   * @returns How it ended.
   * @throws {EngineError} `unavailable`: there is no such program.
   * @throws What its input was rejected with.
   */
  (call: ProgramCall): Promise<ProgramResult>;
}

/** The Debian packages of the programs. */
const PACKAGES: Readonly<Record<string, string>> = { ip: "iproute2" };

// A shell that became root by "su" has none of the folders that administrators' programs are in.
const FOLDERS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"];

const found = new Map<string, string>();

/**
 * Finds a program.
 *
 * @param name Its name.
 * @returns Its path.
 * @throws {EngineError} `unavailable`: it is not installed; the message names its package.
 */
export function findProgram(name: string): string {
  const known = found.get(name);
  if (known !== undefined) return known;
  const folders = [...(Deno.env.get("PATH") ?? "").split(":").filter(Boolean), ...FOLDERS];
  const path = folders.map((folder) => `${folder}/${name}`).find(isFile);
  if (path === undefined) {
    throw new EngineError(
      `Cannot find the program "${name}", which sets up networks: install the package ` +
        `"${PACKAGES[name] ?? name}", or use --network none or host`,
      { kind: "unavailable" },
    );
  }
  found.set(name, path);
  return path;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/**
 * Runs a program in this process's own network namespace.
 *
 * @param call What to run.
 * @returns How it ended.
 * @throws {EngineError} `unavailable`: there is no such program.
 */
export async function runCommand(call: ProgramCall): Promise<ProgramResult> {
  const { name, args, input, namespace } = call;
  if (namespace !== undefined) {
    throw new TypeError("only a supervisor runs programs in other namespaces");
  }
  const text = await input;
  const child = hostProgram(findProgram(name), {
    args: [...args],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    // It has given up before it read everything, and says why.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}
