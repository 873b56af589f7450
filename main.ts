/**
 * tsd: a container engine in one file.
 *
 * The same program is the command line, the supervisor of an instance's containers, and the init of
 * each container; each mode loads its own modules only.
 *
 * @module
 */

import { guardStart, loadCli } from "./lib/cli/load_cli.ts";

const MODE_ARGUMENT = "--tsd-mode";

/** Commands that have a quick way. */
const LISTS = ["images", "ps"];

async function main(args: readonly string[]): Promise<number> {
  await guardStart();
  if (args[0] !== MODE_ARGUMENT) {
    if (LISTS.includes(args[0] ?? "")) {
      const { runQuick } = await import("./lib/cli/quick.ts");
      const code = await runQuick(args);
      if (code !== undefined) return code;
    }
    const { runCli } = await loadCli(args[0]);
    return await runCli(args);
  }
  const [, mode, ...rest] = args;
  if (mode === "init") {
    const { runInit } = await import("./lib/runtime/init/init.ts");
    return runInit();
  }
  const { runSupervisor } = await import("./lib/supervisor/run_supervisor.ts");
  const { resolveRoots } = await import("./lib/state/mod.ts");
  return await runSupervisor(resolveRoots({ root: rest[0], run: rest[1] }));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
