/**
 * An isolated instance of tsd: its own state, its own home, driven as a user would.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { findLeaks, type HostProcess, type HostState, readHostState } from "./leaks.ts";
import { firewallRules } from "./firewall_rules.ts";
import { hostCommand } from "./host_command.ts";
import { SpawnedTsd, type SpawnOptions } from "./spawned_tsd.ts";
import { resolveRoots } from "../../lib/state/roots.ts";
import { waitUntil } from "./wait_until.ts";

/** What a run of the program gave. */
export interface RunResult {
  /** Its exit code; 128 + N where signal N ended it. */
  code: number;
  /** What it wrote to stdout, as text. */
  stdout: string;
  /** What it wrote to stderr, as text. */
  stderr: string;
  /** What it wrote to stdout. */
  stdoutBytes: Uint8Array<ArrayBuffer>;
}

/** How an instance differs from others. */
export interface TsdOptions {
  /**
   * The network of containers that name none. Most tests are about something else, and quicker
   * without one.
   *
   * @default "none"
   */
  network?: "none" | "bridge";
}

/** How {@linkcode Tsd.run} runs the program. */
export interface RunOptions extends SpawnOptions {
  /** All of its stdin; without it, stdin is `/dev/null`. */
  stdin?: string | Uint8Array<ArrayBuffer>;
  /**
   * The exit code it must end with; `any` accepts all.
   *
   * @default 0
   */
  expect?: number | "any";
  /**
   * Milliseconds it may take.
   *
   * @default 30000
   */
  timeoutMs?: number;
}

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** The program as it is written: what starts it, before the user's arguments. */
export const AS_WRITTEN: ProgramCommand = [Deno.execPath(), "run", "-A", MAIN];

/** A program, and the arguments that come before the user's. */
export type ProgramCommand = readonly [program: string, ...args: string[]];

/** One isolated instance of tsd. */
export class Tsd implements AsyncDisposable {
  /** Part of the name of each of its directories, unlike any other's. */
  readonly mark: string;
  /** `TSD_ROOT`. */
  readonly root: string;
  /** `TSD_RUN`. */
  readonly runDir: string;
  /** `HOME`: holds `.docker/config.json`. */
  readonly home: string;
  /** Path of the configuration file. */
  readonly configFile: string;
  readonly #defaults: Record<string, unknown>;
  /** The whole environment of the program. */
  readonly env: Record<string, string>;
  /** The program to drive in place of the one the environment names. */
  program: ProgramCommand | undefined;
  readonly #base: string;
  readonly #before: HostState;
  /** What names of cgroups hold instead of the mark. */
  readonly #instance: string;

  private constructor(
    base: string,
    runDir: string,
    before: HostState,
    defaults: Record<string, unknown>,
  ) {
    this.#base = base;
    this.#defaults = defaults;
    this.#before = before;
    this.mark = base.slice(base.lastIndexOf("/") + 1);
    this.root = `${base}/root`;
    this.home = `${base}/home`;
    this.configFile = `${base}/config.json`;
    this.runDir = runDir;
    this.#instance = resolveRoots({ root: this.root, run: runDir }).instance;
    this.env = environment(this);
  }

  /**
   * Makes an instance; nothing of the program runs yet.
   *
   * @param options How it differs from others.
   * @returns The instance.
   */
  static async create({ network = "none" }: TsdOptions = {}): Promise<Tsd> {
    const before = await readHostState();
    // An overlay cannot be the upper directory of an overlay, and /tmp may be a tmpfs.
    const base = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-" });
    const runDir = `/run/${base.slice(base.lastIndexOf("/") + 1)}`;
    await Deno.mkdir(runDir);
    await Deno.mkdir(`${base}/home`);
    const tsd = new Tsd(base, runDir, before, { "default-network": network });
    await tsd.configure({});
    return tsd;
  }

  /** The program and the arguments that come before the user's. */
  get command(): ProgramCommand {
    if (this.program !== undefined) return this.program;
    const program = Deno.env.get("TSD_TEST_PROGRAM");
    return program === undefined ? AS_WRITTEN : [program];
  }

  /**
   * Starts the program and does not wait for its end.
   *
   * @param args The user's arguments.
   * @param options Its environment and working directory.
   * @returns The running program.
   */
  spawn(args: string[], options: SpawnOptions = {}): SpawnedTsd {
    const [program, ...first] = this.command;
    return new SpawnedTsd(program, [...first, ...args], {
      ...options,
      env: { ...this.env, ...options.env },
    });
  }

  /**
   * Runs the program to its end.
   *
   * @param args The user's arguments.
   * @param options Its stdin, and the exit code expected.
   * @returns What it printed.
   * @throws {Error} When it ends with another exit code than the expected one, or too late.
   */
  async run(args: string[], options: RunOptions = {}): Promise<RunResult> {
    const { stdin, expect = 0, timeoutMs = 30_000, ...rest } = options;
    const program = this.spawn(args, rest);
    program.write(stdin ?? "");
    program.closeStdin();
    return accept(`tsd ${args.join(" ")}`, await program.finish(timeoutMs), expect);
  }

  /**
   * Runs a bash script of the host in which `tsd` is the program.
   *
   * @param script The script.
   * @param options Its environment, and the exit code expected.
   * @returns What it printed.
   * @throws {Error} When it ends with another exit code than the expected one, or too late.
   */
  async shell(script: string, options: Omit<RunOptions, "stdin"> = {}): Promise<RunResult> {
    const { expect = 0, timeoutMs = 30_000, ...rest } = options;
    const bash = new SpawnedTsd("bash", ["-c", `${this.shellFunction}\n${script}`], {
      ...rest,
      env: { ...this.env, ...options.env },
    });
    bash.closeStdin();
    return accept(`script ${script}`, await bash.finish(timeoutMs), expect);
  }

  /** Line of shell that defines the program as `tsd`. */
  get shellFunction(): string {
    return `tsd() { ${this.command.map((word) => `'${word}'`).join(" ")} "$@"; }`;
  }

  /**
   * Writes the configuration file.
   *
   * @param config What it says besides what it said at first, with Docker's keys.
   */
  async configure(config: Record<string, unknown>): Promise<void> {
    await Deno.writeTextFile(this.configFile, JSON.stringify({ ...this.#defaults, ...config }));
  }

  /**
   * Lists the processes that belong to the instance.
   *
   * @param contained Only those in a PID namespace of their own, or only the others.
   * @returns Their pids: supervisor, commands, containers.
   */
  async processes(contained?: boolean): Promise<HostProcess[]> {
    const ours = (await readHostState()).processes.filter((one) => one.text.includes(this.mark));
    return ours.filter((one) => contained === undefined || one.contained === contained);
  }

  /**
   * Asserts that the instance has left nothing on the host but its images.
   *
   * @param timeoutMs Milliseconds that clean-up under way may take.
   * @throws {Error} When something is still there then; the message lists it.
   */
  async checkClean(timeoutMs = 15_000): Promise<void> {
    let leaks: string[] = [];
    await this.#endSupervisor();
    await waitUntil(() => `a clean host, as there is left:\n  ${leaks.join("\n  ")}`, async () => {
      leaks = findLeaks(this.#before, await readHostState(), this.mark, this.#instance);
      leaks.push(...await entries(`${this.root}/containers`));
      leaks.push(...await entries(`${this.runDir}/containers`));
      return leaks.length === 0;
    }, { timeoutMs, intervalMs: 100 });
  }

  /** Has the supervisor end as soon as it has nothing to do, instead of waiting for more. */
  async #endSupervisor(): Promise<void> {
    for (const { command, pid } of await this.processes(false)) {
      if (!command.includes("--tsd-mode supervisor")) continue;
      try {
        Deno.kill(pid, "SIGTERM");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }

  /** What names of interfaces and of firewall rules hold. */
  get instance(): string {
    return this.#instance;
  }

  /** Ends what still runs and deletes the instance, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { links } = await readHostState();
    const chains = `:${this.#instance.replace(/^tsd/, "TSD")}-`;
    const hasRules = (await firewallRules()).includes(chains);
    if (hasRules || links.some((link) => link.includes(`${this.#instance}:`))) {
      await this.run(["system", "reset", "-f"], { expect: "any" });
    }
    for (const { pid } of await this.processes()) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    await waitUntil(
      "the end of the instance's processes",
      async () => (await this.processes()).length === 0,
    );
    for (const mount of (await readHostState()).mounts) {
      const target = mount.split(" ")[0] ?? "";
      if (target.includes(this.mark)) await hostCommand("umount", ["--lazy", target]);
    }
    for (const dir of [this.#base, this.runDir]) await removeIfThere(dir);
  }
}

function accept(what: string, result: RunResult, expect: number | "any"): RunResult {
  if (expect === "any" || result.code === expect) return result;
  throw new Error(
    `Cannot accept "${what}": exit code ${result.code} instead of ${expect}` +
      `\n--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}`,
  );
}

/** Nothing of the tests' own environment may change what the program does. */
function environment(tsd: Tsd): Record<string, string> {
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache/deno`;
  const unpacked = Deno.env.get("TSD_CACHE");
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: tsd.home,
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    DENO_DIR: cache,
    TSD_ROOT: tsd.root,
    TSD_RUN: tsd.runDir,
    TSD_CONFIG: tsd.configFile,
    ...unpacked !== undefined && { TSD_CACHE: unpacked },
  };
}

async function removeIfThere(dir: string): Promise<void> {
  try {
    await Deno.remove(dir, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function entries(dir: string): Promise<string[]> {
  try {
    const found = await Array.fromAsync(Deno.readDir(dir));
    return found.map((entry) => `file ${dir}/${entry.name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
