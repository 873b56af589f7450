/**
 * The forms of the program.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { AS_WRITTEN, type ProgramCommand } from "./tsd.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DENORT = fileURLToPath(new URL("../../../shared/tools/denort", import.meta.url));

/** A form of the program, and what it needs. */
export interface ProgramForm {
  /** What it is called. */
  name: "as written" | "portable" | "compiled";
  /** Why it cannot be tried here. */
  missing?: string;
  /**
   * Makes the program.
   *
   * @param folder An empty folder for it.
   * @returns What starts it, and the variables that takes.
   */
  make(folder: string): Promise<{ program: ProgramCommand; env: Record<string, string> }>;
}

/** All of them. */
export const PROGRAM_FORMS: readonly ProgramForm[] = [
  { name: "as written", make: () => Promise.resolve({ program: AS_WRITTEN, env: {} }) },
  {
    name: "portable",
    make: async (folder) => ({
      program: [await compile(folder, ["--portable"], {})],
      env: { TSD_CACHE: `${folder}/cache` },
    }),
  },
  {
    name: "compiled",
    make: async (folder) => {
      const env = { DENORT_BIN: (await output(DENORT, [], {})).trim() };
      return {
        program: [await compile(folder, ["--compile-with", "npx -y deno@2.4.2"], env)],
        env: {},
      };
    },
    ...!exists(DENORT) && { missing: `there is no ${DENORT}` },
  },
];

async function compile(
  folder: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const program = `${folder}/tsd`;
  const script = `${ROOT}scripts/compile.ts`;
  await output(Deno.execPath(), ["run", "-A", script, ...args, "--output", program], env);
  return program;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function output(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const result = await new Deno.Command(program, { args: [...args], env, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(result.code, 0, `${program} ${args.join(" ")}: ${text(result.stderr)}`);
  return text(result.stdout);
}
