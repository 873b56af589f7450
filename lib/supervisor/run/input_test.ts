import assert from "node:assert/strict";
import { read, write } from "../../../ffi/mod.ts";
import { RunningLoop } from "../watch/_running_loop_fixture.ts";
import { ContainerInput } from "./input.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Reads all there is in a pipe, and its end as -1. */
function drain(fd: number): number {
  const buffer = new Uint8Array(1 << 20);
  let total = 0;
  for (let count; (count = read(fd, buffer)) !== undefined; total += count) {
    if (count === 0) return total === 0 ? -1 : total;
  }
  return total;
}

Deno.test("ContainerInput.write() waits while the pipe is full, and loses nothing", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const input = new ContainerInput(running.loop, running.leave(ends.write), true);
  const sent = new Uint8Array(1_000_000).map((_, index) => index & 0xff);
  let done = false;
  const writing = input.write(sent).then(() => done = true);
  const received: number[] = [];
  const buffer = new Uint8Array(100_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  running.loop.watch(ends.read, {
    readable: () => {
      const count = read(ends.read, buffer);
      received.push(...buffer.subarray(0, count));
      if (received.length < sent.length) return;
      running.loop.unwatch(ends.read);
      resolve();
    },
  });
  assert.equal(done, false);
  await Promise.all([promise, writing]);
  assert.deepEqual(new Uint8Array(received), sent);
  input.close();
  assert.equal(drain(ends.read), -1);
});

Deno.test("ContainerInput.write() of several clients wakes each of them", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  while (write(ends.write, new Uint8Array(65_536)) !== undefined);
  const input = new ContainerInput(running.loop, running.leave(ends.write), true);
  const writes = [input.write(bytes("one")), input.write(bytes("two"))];
  drain(ends.read);
  await Promise.all(writes);
  assert.equal(drain(ends.read), 6);
  input.close();
});

Deno.test("ContainerInput.close() ends a write that waits, and drops what comes later", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const input = new ContainerInput(running.loop, running.leave(ends.write), true);
  const writing = input.write(new Uint8Array(1_000_000));
  input.close();
  await writing;
  await input.write(bytes("late"));
  assert(drain(ends.read) < 1_000_000);
  assert.equal(drain(ends.read), -1);
  assert.deepEqual(running.loop.watcher(ends.write), {});
  input.close();
});

Deno.test("ContainerInput.write() takes a reader that is gone for the end", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const input = new ContainerInput(running.loop, running.leave(ends.write), true);
  const waiting = input.write(new Uint8Array(1_000_000));
  running.close(ends.read);
  await waiting;
  await input.write(bytes("more"));
  assert.deepEqual(running.errors, []);
});

Deno.test("ContainerInput.close() leaves a descriptor that is not its own open", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  const readable = () => {};
  // As a terminal's pump watches the same descriptor.
  running.loop.watch(ends.write, { readable });
  const input = new ContainerInput(running.loop, ends.write, false);
  const writing = input.write(new Uint8Array(1_000_000));
  assert.equal(running.loop.watcher(ends.write).readable, readable);
  assert(running.loop.watcher(ends.write).writable !== undefined);
  input.close();
  await writing;
  assert.deepEqual(running.loop.watcher(ends.write), { readable });
  drain(ends.read);
  assert.equal(write(ends.write, bytes("x")), 1);
  running.loop.unwatch(ends.write);
});
