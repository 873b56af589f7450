import assert from "node:assert/strict";
import {
  close,
  openPseudoTerminal,
  rawSettings,
  setNonBlocking,
  setPipeCapacity,
  setTerminalSettings,
  terminalSettings,
  terminalSize,
  write,
  writeAll,
} from "../../../ffi/mod.ts";
import { RunningLoop } from "../watch/_running_loop_fixture.ts";
import { OutputPump, type OutputSink } from "./pump.ts";
import { TerminalSource } from "./source.ts";
import { FrameType } from "../protocol.ts";

/** Keeps what it is given, and tells when there is as much as somebody waits for. */
class CollectingSink implements OutputSink {
  readonly chunks: [stream: number, bytes: Uint8Array][] = [];
  pending = 0;
  readonly flushed = Promise.withResolvers<void>();
  #waiting: { bytes: number; resolve: () => void } | undefined;

  get total(): number {
    return this.chunks.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  }

  get text(): string {
    return this.chunks.map(([, bytes]) => new TextDecoder().decode(bytes)).join("");
  }

  write(stream: number, bytes: Uint8Array): void {
    this.chunks.push([stream, bytes.slice()]);
    if (this.#waiting && this.total >= this.#waiting.bytes) this.#waiting.resolve();
  }

  flush(): Promise<void> {
    return this.flushed.promise;
  }

  has(bytes: number): Promise<void> {
    if (this.total >= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting = { bytes, resolve });
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("OutputPump gives every sink what is written, and those that come later the rest", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const [one, two] = [new CollectingSink(), new CollectingSink()];
  const sinks = new Set<OutputSink>([one]);
  const pump = new OutputPump(
    running.loop,
    new TerminalSource(running.leave(ends.read)),
    FrameType.STDERR,
    sinks,
  );
  writeAll(ends.write, bytes("first "));
  await one.has(6);
  sinks.add(two);
  writeAll(ends.write, bytes("second"));
  await Promise.all([one.has(12), two.has(6)]);
  sinks.clear();
  pump.finish();
  assert.deepEqual([one.text, two.text], ["first second", "second"]);
  assert.deepEqual(new Set(one.chunks.map(([stream]) => stream)), new Set([FrameType.STDERR]));
});

Deno.test("OutputPump.finish() takes what is left in the pipe, and closes it", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const sink = new CollectingSink();
  const pump = new OutputPump(
    running.loop,
    new TerminalSource(running.leave(ends.read)),
    1,
    new Set([sink]),
  );
  const left = new Uint8Array(200_000).fill(7);
  setPipeCapacity(ends.write, 1 << 18);
  writeAll(ends.write, left);
  pump.finish();
  assert.equal(sink.total, left.length);
  assert.throws(() => {
    while (write(ends.write, new Uint8Array(4096)) !== undefined);
  }, { message: /broken pipe/ });
});

Deno.test("OutputPump makes a container wait for a slow sink, and goes on once it has caught up", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const [slow, fast] = [new CollectingSink(), new CollectingSink()];
  slow.pending = (4 << 20) + 1;
  const pump = new OutputPump(
    running.loop,
    new TerminalSource(running.leave(ends.read)),
    1,
    new Set([slow, fast]),
  );
  writeAll(ends.write, bytes("first"));
  await fast.has(5);
  // It has stopped reading: the pipe fills.
  assert.deepEqual(running.loop.watcher(ends.read), {});
  writeAll(ends.write, bytes("second"));
  slow.pending = 0;
  slow.flushed.resolve();
  await fast.has(11);
  assert.equal(slow.text, "firstsecond");
  pump.finish();
});

Deno.test("OutputPump lets more come together in a large pipe that is written to steadily", async () => {
  await using running = new RunningLoop();
  for (
    const [capacity, size, gathers] of [
      [1 << 20, 5000, true],
      [1 << 20, 100, false],
      [64 << 10, 5000, false],
    ] as const
  ) {
    const ends = running.pipe();
    const source = Object.assign(new TerminalSource(running.leave(ends.read)), { capacity });
    const sink = new CollectingSink();
    const pump = new OutputPump(running.loop, source, 1, new Set([sink]));
    writeAll(ends.write, new Uint8Array(size));
    await sink.has(size);
    assert.equal(running.loop.watcher(ends.read).readable === undefined, gathers);
    writeAll(ends.write, new Uint8Array(1));
    await sink.has(size + 1);
    writeAll(ends.write, new Uint8Array(size));
    await sink.has(2 * size + 1);
    pump.finish();
    assert.equal(sink.total, 2 * size + 1);
  }
});

Deno.test("OutputPump.finish() waits for no slow sink", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const slow = new CollectingSink();
  slow.pending = 5 << 20;
  const pump = new OutputPump(
    running.loop,
    new TerminalSource(running.leave(ends.read)),
    1,
    new Set([slow]),
  );
  writeAll(ends.write, bytes("first"));
  await slow.has(5);
  writeAll(ends.write, bytes("last"));
  pump.finish();
  assert.equal(slow.text, "firstlast");
  slow.flushed.resolve();
  await slow.flush();
  assert.deepEqual(running.loop.watcher(ends.read), {});
});

Deno.test("OutputPump stops reading at the end of a pipe", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const other = running.pipe();
  const sink = new CollectingSink();
  const pump = new OutputPump(
    running.loop,
    new TerminalSource(running.leave(ends.read)),
    1,
    new Set([sink]),
  );
  writeAll(ends.write, bytes("all"));
  running.close(ends.write);
  await sink.has(3);
  // Two more rounds of the loop: the end has been seen by then, and wakes it no more.
  for (let round = 0; round < 2; round++) {
    await new Promise<void>((resolve) => {
      running.loop.watch(other.write, {
        writable: () => {
          running.loop.unwatch(other.write);
          resolve();
        },
      });
    });
  }
  assert.deepEqual(running.loop.watcher(ends.read), {});
  pump.finish();
  assert.equal(sink.text, "all");
});

Deno.test("OutputPump keeps a terminal that was hung up open until it is finished", async () => {
  await using running = new RunningLoop();
  const { master, slave } = openPseudoTerminal("/dev/pts/ptmx");
  setTerminalSettings(slave, rawSettings(terminalSettings(slave)));
  setNonBlocking(master);
  const sink = new CollectingSink();
  const pump = new OutputPump(running.loop, new TerminalSource(master), 1, new Set([sink]));
  writeAll(slave, bytes("bye"));
  await sink.has(3);
  const { readable } = running.loop.watcher(master);
  close(slave);
  // The terminal has no other side any more: its end has been seen once this returns.
  readable?.();
  assert.deepEqual(running.loop.watcher(master), {});
  assert.deepEqual(terminalSize(master), { rows: 0, columns: 0 });
  pump.finish();
  assert.throws(() => terminalSize(master), { syscall: "ioctl" });
});
