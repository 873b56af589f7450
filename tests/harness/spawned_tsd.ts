/**
 * A run of the program that the test talks to while it goes on.
 *
 * @module
 */
import { constants } from "node:os";
import type { RunResult } from "./tsd.ts";
import { PACE } from "./pace.ts";
import { waitUntil } from "./wait_until.ts";

/** How the program is started. */
export interface SpawnOptions {
  /** Variables added to the instance's environment. */
  env?: Record<string, string>;
  /** Working directory. */
  cwd?: string;
}

/** A running program with pipes for stdin, stdout and stderr. */
export class SpawnedTsd {
  /** The process. */
  readonly child: Deno.ChildProcess;
  readonly #name: string;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stdout = new Collected();
  readonly #stderr = new Collected();
  readonly #reading: Promise<unknown>;
  #writing: Promise<void> = Promise.resolve();

  /**
   * Starts a program.
   *
   * @param program Its path.
   * @param args Its arguments.
   * @param options Its whole environment and its working directory.
   */
  constructor(program: string, args: string[], options: SpawnOptions) {
    this.#name = [program, ...args].join(" ");
    this.child = new Deno.Command(program, {
      args,
      ...options,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.child.stdin.getWriter();
    // A program that ends without reading its stdin breaks the pipe: that is its right.
    this.#writer.closed.catch(() => {});
    this.#reading = Promise.all([
      this.#stdout.collect(this.child.stdout),
      this.#stderr.collect(this.child.stderr),
    ]);
  }

  /** What it has written to stdout so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  /** What it has written to stderr so far. */
  get stderr(): string {
    return this.#stderr.text;
  }

  /**
   * Writes to its stdin, after what was written before.
   *
   * @param data Text or bytes.
   */
  write(data: string | Uint8Array<ArrayBuffer>): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (bytes.length > 0) this.#queue(() => this.#writer.write(bytes));
  }

  /** Closes its stdin after what was written before. */
  closeStdin(): void {
    this.#queue(() => this.#writer.close());
  }

  /**
   * Waits until its stdout matches.
   *
   * @param pattern What to look for.
   * @param timeoutMs Milliseconds it may take.
   * @returns The match.
   */
  async waitFor(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    return await waitUntil(
      () => `${pattern} in stdout ${JSON.stringify(this.stdout)}, stderr ${this.stderr}`,
      () => pattern.exec(this.stdout) ?? undefined,
      { timeoutMs },
    );
  }

  /**
   * Sends a signal to the program, if it still runs.
   *
   * @param signal Its name.
   */
  kill(signal: Deno.Signal): void {
    try {
      this.child.kill(signal);
    } catch (error) {
      // Deno says TypeError for a child that it has seen end.
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  }

  /**
   * Waits for its end.
   *
   * @param timeoutMs Milliseconds it may take; then it is killed.
   * @returns Exit code and output.
   * @throws {Error} When it took too long, or something else keeps its output open.
   */
  async finish(timeoutMs = 30_000): Promise<RunResult> {
    const status = await within(this.child.status, timeoutMs * PACE);
    if (status === undefined) {
      this.kill("SIGKILL");
      throw this.#failure(`it did not end within ${timeoutMs} ms`);
    }
    // A supervisor that inherited them would keep the caller's pipes open.
    if (await within(this.#reading, 3000) === undefined) {
      throw this.#failure("another process keeps its stdout or stderr open");
    }
    await this.#writing;
    return {
      code: status.signal ? 128 + constants.signals[status.signal as "SIGKILL"] : status.code,
      stdout: this.stdout,
      stderr: this.stderr,
      stdoutBytes: this.#stdout.bytes,
    };
  }

  #queue(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch(() => {});
  }

  #failure(what: string): Error {
    return new Error(
      `Cannot finish "${this.#name}": ${what}` +
        `\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`,
    );
  }
}

/** The output of a program, as it arrives. */
class Collected {
  readonly #chunks: Uint8Array[] = [];

  async collect(stream: ReadableStream<Uint8Array>): Promise<true> {
    for await (const chunk of stream) this.#chunks.push(chunk);
    return true;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) =>
    timer = setTimeout(() => resolve(undefined), ms)
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
