/**
 * Checks the health of a running container.
 *
 * @module
 */

import { hostProgram, withUserSignalBlocked } from "../../../ffi/mod.ts";
import {
  type ContainerStore,
  type Healthcheck,
  healthCommand,
  type HealthResult,
  type HealthState,
  nextHealth,
} from "../../container/mod.ts";
import { forgetEndedExecs } from "../../container/record/exec_record.ts";
import type { Roots } from "../../state/mod.ts";
import { type ProgramCommand, programCommand } from "../../runtime/mod.ts";

// As much as Docker keeps of what a check writes, in bytes.
const KEPT_OUTPUT = 4096;
const TOOK_TOO_LONG = -1;

/** What a monitor needs. */
export interface HealthContext {
  /** The instance's. */
  roots: Roots;
  /** The records. */
  store: ContainerStore;
  /** Says what went wrong where nobody can be told. */
  log(message: string, error: unknown): void;
}

/** Checks one run of one container, until it is told to stop. */
export class HealthMonitor {
  readonly #context: HealthContext;
  readonly #id: string;
  readonly #check: Healthcheck;
  readonly #startedAt: number;
  readonly #stopped = new AbortController();
  #state: HealthState;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins to check.
   *
   * @param context What that needs.
   * @param id The container's whole id.
   * @param check How.
   * @param startedAt When the container was started, in milliseconds since the epoch.
   * @param state How healthy it was said to be by a supervisor before this one.
   */
  constructor(
    context: HealthContext,
    id: string,
    check: Healthcheck,
    startedAt: number,
    state?: HealthState,
  ) {
    this.#context = context;
    this.#id = id;
    this.#check = check;
    this.#startedAt = startedAt;
    this.#state = state ?? { status: "starting", failingStreak: 0, log: [] };
    if (!state) context.store.setHealth(id, this.#state);
    this.#schedule();
  }

  /** Checks no more; a check that is under way is ended. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort();
  }

  #schedule(): void {
    const { interval, startInterval, startPeriod } = this.#check;
    const starting = this.#state.status === "starting" &&
      Date.now() < this.#startedAt + startPeriod;
    this.#timer = setTimeout(() => {
      this.#checkOnce().catch((error) => {
        this.#context.log(`Cannot check the health of container "${this.#id}"`, error);
      });
    }, starting ? startInterval : interval);
  }

  async #checkOnce(): Promise<void> {
    const result = await this.#probe();
    if (this.#stopped.signal.aborted) return;
    const before = this.#state;
    this.#state = nextHealth(before, result, this.#check, this.#startedAt);
    const { store } = this.#context;
    store.setHealth(this.#id, this.#state);
    const record = store.get(this.#id);
    if (record && before.status !== this.#state.status) {
      store.recordEvent(record, `health_status: ${this.#state.status}`);
    }
    this.#schedule();
  }

  async #probe(): Promise<HealthResult> {
    // One that was killed could not tell of its end.
    if (this.#state.log.at(-1)?.exitCode === TOOK_TOO_LONG) forgetEndedExecs(this.#context.roots);
    const start = Date.now();
    const tooLate = AbortSignal.timeout(this.#check.timeout);
    const { code, output } = await execute(
      execCommand(this.#context.roots, this.#id, healthCommand(this.#check)),
      AbortSignal.any([tooLate, this.#stopped.signal]),
    );
    const end = Date.now();
    if (tooLate.aborted) {
      const text = `Health check exceeded timeout (${this.#check.timeout / 1000}s)`;
      return { start, end, exitCode: TOOK_TOO_LONG, output: text };
    }
    return { start, end, exitCode: code, output };
  }
}

/** A check is an `exec` like any other, but for what becomes of it where that is killed. */
function execCommand(roots: Roots, id: string, command: readonly string[]): ProgramCommand {
  const { args, env, path } = programCommand(["exec", "--ends-with-client", id, ...command]);
  return { path, args, env: { ...env, TSD_ROOT: roots.root, TSD_RUN: roots.run } };
}

/** @param signal Ends it by SIGKILL, as Docker does: it need not have ended when this returns. */
async function execute(
  command: ProgramCommand,
  signal: AbortSignal,
): Promise<{ code: number; output: string }> {
  const program = hostProgram(command.path, {
    args: command.args,
    env: command.env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const child = withUserSignalBlocked(() => program.spawn());
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself, and what it has left behind is still writing.
    }
  };
  signal.addEventListener("abort", kill);
  const outputs = [child.stdout, child.stderr].map((stream) => beginning(stream, signal));
  const [texts, { code }] = await Promise.all([Promise.all(outputs), child.status]);
  signal.removeEventListener("abort", kill);
  return { code, output: texts.join("").slice(0, KEPT_OUTPUT) };
}

/** Reads all of a stream, which what a check leaves behind may keep open, and keeps its beginning. */
async function beginning(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => {
      if (text.length < KEPT_OUTPUT) text += decoder.decode(chunk, { stream: true });
    },
  });
  try {
    await stream.pipeTo(sink, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return text.slice(0, KEPT_OUTPUT);
}
