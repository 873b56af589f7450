/**
 * A real terminal, held by tmux, in which a test types and reads the screen.
 *
 * @module
 */
import { hostCommand } from "./host_command.ts";
import type { Tsd } from "./tsd.ts";
import { waitUntil } from "./wait_until.ts";

/** Size of a terminal, in characters. */
export interface TerminalSize {
  /** Columns. */
  columns: number;
  /** Lines. */
  rows: number;
}

/** A shell of the host on a terminal, with the environment of an instance. */
export class Terminal implements AsyncDisposable {
  readonly #tsd: Tsd;
  readonly #socket: string;

  private constructor(tsd: Tsd, socket: string) {
    this.#tsd = tsd;
    this.#socket = socket;
  }

  /**
   * Opens a terminal with a bash of the host, whose prompt is `host$ `; `tsd` in it is the program.
   *
   * @param tsd The instance.
   * @param size The terminal's size.
   * @returns The terminal, when the prompt is there.
   */
  static async open(
    tsd: Tsd,
    size: TerminalSize = { columns: 100, rows: 30 },
  ): Promise<Terminal> {
    const terminal = new Terminal(tsd, `${tsd.home}/tmux-${crypto.randomUUID().slice(0, 8)}`);
    await Deno.writeTextFile(
      `${tsd.home}/bashrc`,
      `PS1='host$ '\nunset HISTFILE\n${tsd.shellFunction}\n`,
    );
    await terminal.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-x", `${size.columns}`, "-y", `${size.rows}`],
      `exec bash --noprofile --rcfile '${tsd.home}/bashrc'`,
    );
    await terminal.waitFor(/host\$ $/);
    return terminal;
  }

  /**
   * Types a line and Enter.
   *
   * @param text The line.
   */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
    await this.press("Enter");
  }

  /**
   * Presses a key.
   *
   * @param key As tmux names it: `C-c`, `C-z`, `Enter`.
   */
  async press(key: string): Promise<void> {
    await this.#tmux("send-keys", key);
  }

  /**
   * Changes the size.
   *
   * @param size The new one.
   */
  async resize(size: TerminalSize): Promise<void> {
    await this.#tmux("resize-window", "-x", `${size.columns}`, "-y", `${size.rows}`);
  }

  /**
   * Reads the screen and what has scrolled off it, without the blank end of lines.
   *
   * @returns The text; the last line, with the cursor, keeps a final blank.
   */
  async screen(): Promise<string> {
    const text = await this.#tmux("capture-pane", "-p", "-J", "-S", "-");
    return text.replaceAll(/ +$/gm, "").replace(/\n+$/, "") + " ";
  }

  /**
   * Waits until the screen matches.
   *
   * @param pattern What to look for.
   * @param timeoutMs Milliseconds it may take.
   * @returns The match.
   */
  async waitFor(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    let screen = "";
    return await waitUntil(() => `${pattern} on the screen:\n${screen}`, async () => {
      screen = await this.screen();
      return pattern.exec(screen) ?? undefined;
    }, { timeoutMs, intervalMs: 30 });
  }

  /** Closes the terminal, which hangs up what runs in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
    await waitUntil("the end of tmux", async () => {
      const left = await this.#tsd.processes();
      return !left.some(({ command }) => command.includes(this.#socket));
    });
  }

  async #tmux(...args: string[]): Promise<string> {
    return await hostCommand("tmux", ["-S", this.#socket, ...args], { env: this.#tsd.env });
  }
}
