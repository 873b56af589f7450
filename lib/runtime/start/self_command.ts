/**
 * Executing this program again, in another mode.
 *
 * @module
 */

/** The modes of the program besides the command line. */
export type Mode = "init" | "supervisor";

/** How this program is executed again. */
export interface SelfCommand {
  /** The executable to start, and to bind mount where it must not be changed. */
  readonly executable: string;
  /**
   * Builds what `spawn` of ffi/ needs to start the program in a mode.
   *
   * @param mode The mode.
   * @param args The mode's own arguments.
   * @returns The executable, `argv` and the environment.
   */
  spawn(
    mode: Mode,
    args: readonly string[],
  ): SelfSpawn;
}

/** What `spawn` of ffi/ needs to start the program in a mode, besides its descriptors. */
export interface SelfSpawn {
  /** The executable. */
  path: string;
  /** `argv`. */
  args: string[];
  /** The whole environment. */
  env: Record<string, string>;
  /** SIGUSR1: the runtime starts with it blocked, and so never opens its debugger for it. */
  blockedSignals: number[];
}

// signal(7); amd64 and arm64 agree.
const SIGUSR1 = 10;

/** The first argument by which main.ts knows that it is run in another mode. */
export const MODE_ARGUMENT = "--tsd-mode";

// What Deno needs to find what it has cached, what finds our state, and nothing else: the environment
// of whoever typed the command is none of the container's business.
const PASSED_ON = ["DENO_DIR", "HOME", "PATH", "TSD_CACHE", "TSD_CONFIG", "XDG_CACHE_HOME"];

/**
 * Finds out how this program is executed again.
 *
 * There are three ways it may be running: a compiled file, which is its own executable; `deno run`
 * with `main.ts` or the bundle; and a script that imports the library, for which `main.ts` beside the
 * library is run.
 *
 * @param executable The executable to use in place of the running one: a read-only mount of it.
 * @returns How to do it.
 */
export function selfCommand(executable: string = Deno.execPath()): SelfCommand {
  return {
    executable,
    spawn: (mode, args) => ({
      path: executable,
      args: [executable, ...programPrefix(), MODE_ARGUMENT, mode, ...args],
      env: ownEnvironment(),
      blockedSignals: [SIGUSR1],
    }),
  };
}

/** How this program is executed again as a command, for `Deno.Command`. */
export interface ProgramCommand {
  /** The executable. */
  path: string;
  /** Its arguments, the name left out. */
  args: string[];
  /** The whole environment. */
  env: Record<string, string>;
}

/**
 * Finds out how this program is executed again as a command.
 *
 * @param args What a user would type behind `tsd`.
 * @returns How to do it.
 */
export function programCommand(args: readonly string[]): ProgramCommand {
  return { path: Deno.execPath(), args: [...programPrefix(), ...args], env: ownEnvironment() };
}

// A small young generation: what is short-lived is given back the sooner for it. The collector is
// called when there is nothing to do (lib/supervisor/own/idle_memory.ts), and does not come by itself for
// that some time later, for which the runtime's code would be mapped again.
const V8_FLAGS = "--v8-flags=--max-semi-space-size=1,--expose-gc,--no-memory-reducer";

function programPrefix(): string[] {
  return isCompiled()
    ? []
    : ["run", "-A", ...configFlags(), "--no-lock", "--quiet", V8_FLAGS, mainModule()];
}

function ownEnvironment(): Record<string, string> {
  const env: Record<string, string> = {
    DENO_NO_UPDATE_CHECK: "1",
    DENO_DISABLE_NODE_SHIM: "1",
    NO_COLOR: "1",
  };
  for (const name of PASSED_ON) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function isCompiled(): boolean {
  return Deno.build.standalone === true;
}

function mainModule(): string {
  return isAsWritten() ? new URL("../../../main.ts", import.meta.url).href : Deno.mainModule;
}

// What lies in the directories above the program is looked for otherwise, and would say what its imports
// mean; who can write there need not be root.
function configFlags(): string[] {
  if (!isAsWritten()) return ["--no-config", "--no-npm", "--cached-only"];
  const config = new URL("../../../deno.json", import.meta.url);
  return config.protocol === "file:" ? ["--config", fromFileUrl(config)] : ["--no-config"];
}

function fromFileUrl({ pathname }: URL): string {
  return decodeURIComponent(pathname);
}

/** The bundle is one program whatever chunk this module ended up in. */
function isAsWritten(): boolean {
  return import.meta.url.endsWith("/lib/runtime/start/self_command.ts");
}
