/**
 * Which parts of the program the bundle has a file each for.
 *
 * @module
 */

import type * as esbuild from "npm:esbuild@0.28.2";

/** A module that is loaded as one file, which shares with others what {@linkcode SHARED} names only. */
export interface OwnFile {
  /** The file's name, without its extension. */
  name: string;
  /** The module's path. */
  path: string;
  /** Modules that it imports lazily, and which are in the file all the same. */
  with: readonly string[];
}

const fromHere = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;

const CLI = fromHere("lib/cli/main.ts");
const LOADER = fromHere("lib/cli/load_cli.ts");

/** The commands of which speed is felt, and what they load besides themselves. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  create: ["lib/engine/container_endpoints.ts"],
  exec: ["lib/engine/exec.ts"],
  inspect: [],
  kill: [],
  logs: [],
  rm: ["lib/container/connections.ts"],
  run: ["lib/engine/container_endpoints.ts"],
  start: [],
  stop: [],
};

const fileOf = (command: string) => `command-${command}`;

/** Each file more costs a start 0.25 ms, and these would load 20 to 90. */
export const OWN_FILES: readonly OwnFile[] = [
  { name: "quick", path: fromHere("lib/cli/quick.ts"), with: [] },
  ...Object.entries(COMMANDS).map(([command, others]) => ({
    name: fileOf(command),
    path: CLI,
    with: [`lib/cli/commands/${command}.ts`, ...others].map(fromHere),
  })),
  { name: "supervisor", path: fromHere("lib/supervisor/run_supervisor.ts"), with: [] },
  { name: "init", path: fromHere("lib/runtime/init.ts"), with: [] },
];

/** Modules of which there must be one only, and the file that all take them from. */
export const SHARED = {
  name: "shared",
  path: fromHere("scripts/compile/shared.ts"),
  modules: ["ffi/_libc.ts", "ffi/error.ts", "lib/errors.ts"].map(fromHere),
};

/**
 * Has a command that has a file of its own run from that file.
 *
 * @returns The plugin.
 */
export function commandFiles(): esbuild.Plugin {
  const files = Object.fromEntries(
    Object.keys(COMMANDS).map((name) => [name, `./${fileOf(name)}.js`]),
  );
  return {
    name: "command-files",
    setup(build) {
      build.onLoad({ filter: /\/load_cli\.ts$/ }, ({ path }) => {
        if (path !== LOADER) return undefined;
        // Whole: of a path that is put together Deno would load whatever fits, at each start.
        const contents = `const FILES = ${JSON.stringify(files)};
          export function loadCli(command) {
            if (!Object.hasOwn(FILES, command ?? "")) return import("./main.ts");
            return import(FILES[command]);
          }`;
        return { contents, resolveDir: fromHere("lib/cli") };
      });
    },
  };
}
