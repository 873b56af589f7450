/**
 * Running a function in a process of its own: what changes a process (namespaces, identity, the umask)
 * cannot be tested in one that runs other tests meanwhile.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Options of {@linkcode runAlone}. */
export interface RunAloneOptions<Module, Args extends readonly unknown[]> {
  /** The URL of the module the function is given. */
  module: string;
  /** Further arguments; JSON. */
  args?: Args;
  /** What to start the process with, such as `unshare -m`. */
  command?: readonly string[];
  /** Flags of its Deno. */
  flags?: readonly string[];
  /** Never set; carries the type of the module. */
  type?: Module;
}

/**
 * Runs a function in a process of its own, on its main thread.
 *
 * @param body The function, which sees nothing of this module: its source is what is run.
 * @param options What it is given.
 * @returns What it returns, by way of JSON.
 */
export async function runAlone<Module, Result, Args extends readonly unknown[] = []>(
  body: (module: Module, ...args: Args) => Result | Promise<Result>,
  options: RunAloneOptions<Module, Args>,
): Promise<Result> {
  const { module, args = [], command = [], flags = [] } = options;
  const script = `const module = await import(${JSON.stringify(module)});
    const result = await (${body})(module, ...${JSON.stringify(args)});
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result ?? null)));`;
  const [program = "", ...rest] = [
    ...command,
    Deno.execPath(),
    "eval",
    "--no-lock",
    "--no-config",
    "--no-check",
    ...flags,
    script,
  ];
  const child = new Deno.Command(program, { args: rest, env: { NO_COLOR: "1" } });
  const { code, stderr, stdout } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as Result;
}
