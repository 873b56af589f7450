// deno-lint-ignore-file no-control-regex -- escape sequences are what a terminal reads.
import assert from "node:assert/strict";
import type { TerminalSize } from "../command_line/mod.ts";
import { type LayerEvent, LayerProgress } from "./progress.ts";

/** As much of a terminal as the display needs: lines, wrapping, cursor up, erasing. */
class Terminal {
  readonly lines: string[] = [""];
  #row = 0;
  #column = 0;
  readonly #columns: number;

  constructor(columns: number) {
    this.#columns = columns;
  }

  write(text: string): void {
    for (const [part] of text.matchAll(/\x1b\[\d*[A-Z]|[^]/gu)) this.#take(part);
  }

  get screen(): string {
    return this.lines.map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  #take(part: string): void {
    const [, count, command] = /^\x1b\[(\d*)([A-Z])$/.exec(part) ?? [];
    if (command === "A") this.#row = Math.max(0, this.#row - Number(count));
    else if (command === "K") this.lines[this.#row] = this.#line().slice(0, this.#column);
    else if (command === "J") {
      this.lines.length = this.#row + 1;
      this.lines[this.#row] = this.#line().slice(0, this.#column);
    } else if (part === "\r") this.#column = 0;
    else if (part === "\n") this.#newLine();
    else this.#put(part);
  }

  #put(character: string): void {
    if (this.#column >= this.#columns) this.#newLine();
    const line = this.#line().padEnd(this.#column);
    this.lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  #newLine(): void {
    this.#row++;
    this.#column = 0;
    this.lines[this.#row] ??= "";
  }

  #line(): string {
    return this.lines[this.#row] ?? "";
  }
}

/** Sets a display up on a terminal whose clock the test moves. */
function setUp(size: TerminalSize): {
  terminal: Terminal;
  progress: LayerProgress;
  clock: { now: number };
  drawings: () => number;
} {
  const terminal = new Terminal(size.columns);
  const clock = { now: 0 };
  let drawings = 0;
  const write = (text: string): void => {
    drawings++;
    terminal.write(text);
  };
  const progress = new LayerProgress({ write, size: () => size, clock: () => clock.now });
  return { terminal, progress, clock, drawings: () => drawings };
}

Deno.test("LayerProgress redraws its lines in place", () => {
  const { terminal, progress, clock } = setUp({ columns: 100, rows: 24 });
  progress.update({ layer: "aaaa", status: "Pulling fs layer" });
  progress.update({ layer: "bbbb", status: "Already exists" });
  progress.update({ layer: "aaaa", status: "Downloading", current: 5e6, total: 20e6 });
  assert.equal(
    terminal.screen,
    "aaaa: Downloading  [============>                                     ] 5MB/20MB\n" +
      "bbbb: Already exists",
  );
  clock.now = 1000;
  progress.update({ layer: "aaaa", status: "Downloading", current: 20e6, total: 20e6 });
  assert.equal(
    terminal.screen,
    `aaaa: Downloading  [${"=".repeat(50)}] 20MB/20MB\nbbbb: Already exists`,
  );
  progress.update({ layer: "aaaa", status: "Pull complete" });
  progress.finish();
  terminal.write("Digest: sha256:0\n");
  assert.equal(
    terminal.screen,
    "aaaa: Pull complete\nbbbb: Already exists\nDigest: sha256:0",
  );
});

Deno.test("LayerProgress draws byte counts at most ten times a second", () => {
  const { progress, clock, drawings } = setUp({ columns: 80, rows: 24 });
  for (let current = 0; current < 1000; current++) {
    clock.now = current;
    progress.update({ layer: "aaaa", status: "Downloading", current, total: 1000 });
  }
  assert.equal(drawings(), 10);
});

Deno.test("LayerProgress shrinks its bars to the width", () => {
  const { terminal, progress } = setUp({ columns: 60, rows: 24 });
  progress.update({ layer: "aaaa", status: "Extracting", current: 1.5e9, total: 3e9 });
  progress.update({ layer: "bbbb", status: "Downloading", current: 1000 });
  assert.equal(
    terminal.screen,
    "aaaa: Extracting  [==============>              ] 1.5GB/3GB\nbbbb: Downloading  1kB",
  );
});

Deno.test("LayerProgress drops the bar, then the text's end, on a narrow terminal", () => {
  const { terminal, progress } = setUp({ columns: 30, rows: 24 });
  progress.update({ layer: "aaaa", status: "Extracting", current: 1.5e9, total: 3e9 });
  progress.update({ layer: "0123456789ab", status: "Verifying Checksum" });
  assert.equal(terminal.screen, "aaaa: Extracting 1.5GB/3GB\n0123456789ab: Verifying Checks");
});

Deno.test("LayerProgress shows those at work where not all layers fit", () => {
  const { terminal, progress } = setUp({ columns: 80, rows: 5 });
  for (const layer of ["a", "b", "c", "d", "e", "f"]) {
    progress.update({ layer, status: "Pull complete" });
  }
  progress.update({ layer: "f", status: "Extracting", current: 1, total: 0 });
  assert.equal(
    terminal.screen,
    "6 layers, 5 done, 3 not shown\na: Pull complete\nb: Pull complete\nf: Extracting  1B",
  );
  progress.update({ layer: "f", status: "Pull complete" });
  progress.finish();
  assert.equal(
    terminal.screen,
    ["a", "b", "c", "d", "e", "f"].map((l) => `${l}: Pull complete`).join("\n"),
  );
});

Deno.test("LayerProgress starts at the top of its lines after the terminal became narrower", () => {
  const size = { columns: 40, rows: 24 };
  const writes: string[] = [];
  const progress = new LayerProgress({ write: (text) => writes.push(text), size: () => size });
  progress.update({ layer: "0123456789ab", status: "Pulling fs layer" });
  size.columns = 20;
  progress.update({ layer: "0123456789ab", status: "Pull complete" });
  assert.equal(writes[1]!.startsWith("\x1b[2A"), true);
});

Deno.test("LayerProgress writes one line a change of status where there is no terminal", () => {
  let text = "";
  const progress = new LayerProgress({ write: (part) => text += part });
  const events: LayerEvent[] = [
    { layer: "aaaa", status: "Pulling fs layer" },
    { layer: "aaaa", status: "Downloading", current: 1, total: 9 },
    { layer: "aaaa", status: "Downloading", current: 2, total: 9 },
    { layer: "aaaa", status: "Retrying in 2 seconds" },
    { layer: "aaaa", status: "Retrying in 1 second" },
    { layer: "aaaa", status: "Downloading", current: 2, total: 9 },
    { layer: "aaaa", status: "Pull complete" },
  ];
  for (const event of events) progress.update(event);
  progress.finish();
  assert.equal(
    text,
    "aaaa: Pulling fs layer\naaaa: Downloading\naaaa: Retrying in 2 seconds\n" +
      "aaaa: Downloading\naaaa: Pull complete\n",
  );
});
