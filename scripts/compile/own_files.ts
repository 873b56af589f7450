/**
 * Which parts of the program the bundle has a file each for.
 *
 * @module
 */

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

/** What verbs on containers share that speak to the supervisor. */
const CONTEXT = "lib/engine/instance/container_context.ts";

const CREATE = [
  CONTEXT,
  "lib/engine/create/create_container.ts",
  "lib/engine/create/image_of_container.ts",
  "lib/engine/create/endpoints.ts",
];

/** The commands of which speed is felt, and the modules that each has in its file. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  create: ["lib/cli/commands/container/create.ts", ...CREATE],
  exec: ["lib/cli/commands/container/exec.ts", "lib/engine/exec/exec.ts"],
  inspect: [
    "lib/cli/commands/system/inspect.ts",
    "lib/engine/system/inspect_object.ts",
    "lib/cli/template/mod.ts",
    "lib/cli/nil_fields.ts",
  ],
  kill: ["lib/cli/commands/container/kill.ts", CONTEXT, "lib/engine/lifecycle/stop.ts"],
  logs: ["lib/cli/commands/container/logs.ts", "lib/engine/describe/logs.ts"],
  rm: [
    "lib/cli/commands/container/rm.ts",
    CONTEXT,
    "lib/engine/lifecycle/remove.ts",
    "lib/container/names/connections.ts",
  ],
  run: ["lib/cli/commands/container/run.ts", ...CREATE, "lib/engine/lifecycle/start.ts"],
  start: [
    "lib/cli/commands/container/start.ts",
    CONTEXT,
    "lib/engine/instance/find_container.ts",
    "lib/engine/lifecycle/start.ts",
  ],
  stop: ["lib/cli/commands/container/stop.ts", CONTEXT, "lib/engine/lifecycle/stop.ts"],
};

/** What the lists load besides themselves. */
const LISTS = ["lib/engine/describe/summary.ts", "lib/image/records/list.ts"];

const fileOf = (command: string) => `command-${command}`;

/** Each file more costs a start 0.25 ms, and these would load 20 to 90. */
export const OWN_FILES: readonly OwnFile[] = [
  { name: "quick", path: fromHere("lib/cli/quick.ts"), with: LISTS.map(fromHere) },
  ...Object.entries(COMMANDS).map(([command, modules]) => ({
    name: fileOf(command),
    path: CLI,
    with: modules.map(fromHere),
  })),
  { name: "supervisor", path: fromHere("lib/supervisor/run_supervisor.ts"), with: [] },
  { name: "init", path: fromHere("lib/runtime/init/init.ts"), with: [] },
];

/** Modules of which there must be one only, and the file that all take them from. */
export const SHARED = {
  name: "shared",
  path: fromHere("scripts/compile/shared.ts"),
  modules: ["ffi/_libc.ts", "ffi/error.ts", "lib/errors.ts"].map(fromHere),
};

/** The module that loads the command line, and what stands in its place in the bundle. */
export const COMMAND_LOADER = { path: fromHere("lib/cli/load_cli.ts"), contents: loader() };

/** What the portable form's launcher has done, the compiled form does here. Names files as a whole: of a path that is put together Deno would load whatever fits, each time. */
function loader(): string {
  const files = Object.keys(COMMANDS).map((name) => [name, `./${fileOf(name)}.js`]);
  return `const FILES = ${JSON.stringify(Object.fromEntries(files))};
    export async function guardStart() {
      if (!Deno.build.standalone) return;
      (await import("../../ffi/user_signal.ts")).guardUserSignal();
    }
    export function loadCli(command) {
      return Object.hasOwn(FILES, command ?? "") ? import(FILES[command]) : import("./main.ts");
    }`;
}
