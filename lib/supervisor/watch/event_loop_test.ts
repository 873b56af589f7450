import assert from "node:assert/strict";
import { dup2, read, write } from "../../../ffi/mod.ts";
import { RunningLoop } from "./_running_loop_fixture.ts";

const byte = new Uint8Array([65]);

/** Waits until a descriptor is ready, once. */
function ready(
  { loop }: RunningLoop,
  fd: number,
  what: "readable" | "writable" = "readable",
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  loop.watch(fd, {
    [what]: () => {
      loop.unwatch(fd);
      resolve();
    },
  });
  return promise;
}

Deno.test("EventLoop.watch() tells when there is something to read, room to write, and the end", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  await ready(running, ends.write, "writable");
  const arrived = ready(running, ends.read);
  write(ends.write, byte);
  await arrived;
  assert.equal(read(ends.read, new Uint8Array(8)), 1);
  const ended = ready(running, ends.read);
  running.close(ends.write);
  await ended;
  assert.equal(read(ends.read, new Uint8Array(8)), 0);
  assert.deepEqual(running.errors, []);
});

Deno.test("EventLoop.watch() tells a writer that nobody reads any more", async () => {
  await using running = new RunningLoop();
  const ends = running.pipe();
  while (write(ends.write, new Uint8Array(65536)) !== undefined);
  const woken = ready(running, ends.write, "writable");
  running.close(ends.read);
  await woken;
  assert.throws(() => write(ends.write, byte), { syscall: "write" });
});

Deno.test("EventLoop.watch() replaces a watcher, and an empty one ends the watching", async () => {
  await using running = new RunningLoop();
  const { loop } = running;
  const [ends, other] = [running.pipe(), running.pipe()];
  const calls: string[] = [];
  const first = { readable: () => void calls.push("first") };
  loop.watch(ends.read, first);
  assert.equal(loop.watcher(ends.read), first);
  const { promise, resolve } = Promise.withResolvers<void>();
  loop.watch(ends.read, {
    readable: () => {
      calls.push("second");
      loop.watch(ends.read, {});
      resolve();
    },
  });
  write(ends.write, byte);
  await promise;
  assert.deepEqual(calls, ["second"]);
  assert.deepEqual(loop.watcher(ends.read), {});
  // What is left to read wakes nobody: the other one's turn comes, and nothing before it.
  const turn = ready(running, other.read);
  write(other.write, byte);
  await turn;
  assert.deepEqual(calls, ["second"]);
  loop.unwatch(ends.read);
});

Deno.test("EventLoop.run() goes on with other descriptors after an error, and tells it", async () => {
  await using running = new RunningLoop();
  const [bad, good] = [running.pipe(), running.pipe()];
  const error = new Error("of a watcher");
  running.loop.watch(bad.read, {
    readable: () => {
      running.loop.unwatch(bad.read);
      throw error;
    },
  });
  const arrived = ready(running, good.read);
  write(bad.write, byte);
  write(good.write, byte);
  await arrived;
  if (running.errors.length === 0) await ready(running, good.write, "writable");
  assert.deepEqual(running.errors, [error]);
});

/** Starts to watch while the loop does not wait, so that what is ready is in one round. */
async function watchInOneRound(running: RunningLoop, start: () => void): Promise<void> {
  const { write: fd } = running.pipe();
  const { promise, resolve } = Promise.withResolvers<void>();
  running.loop.watch(fd, {
    writable: () => {
      running.loop.unwatch(fd);
      start();
      resolve();
    },
  });
  await promise;
}

Deno.test("EventLoop.run() does not call a watcher that another one has just ended", async () => {
  await using running = new RunningLoop();
  const pipes = [running.pipe(), running.pipe()];
  let calls = 0;
  for (const { write: fd } of pipes) write(fd, byte);
  await watchInOneRound(running, () => {
    for (const { read: fd } of pipes) {
      running.loop.watch(fd, {
        readable: () => {
          calls++;
          pipes.forEach(({ read }) => running.loop.unwatch(read));
        },
      });
    }
  });
  await ready(running, pipes[0]!.write, "writable");
  await ready(running, pipes[1]!.write, "writable");
  assert.equal(calls, 1);
});

Deno.test("EventLoop.run() calls nobody for an earlier descriptor of the same number", async () => {
  await using running = new RunningLoop();
  const [one, other, idle] = [running.pipe(), running.pipe(), running.pipe()];
  const calls: string[] = [];
  for (const { write: fd } of [one, other]) write(fd, byte);
  await watchInOneRound(running, () => {
    for (const [{ read: fd }, { read: next }] of [[one, other], [other, one]] as const) {
      running.loop.watch(fd, {
        readable: () => {
          calls.push("ready");
          [fd, next].forEach((ended) => running.loop.unwatch(ended));
          dup2(idle.read, next);
          running.loop.watch(next, { readable: () => void calls.push("nothing to read") });
        },
      });
    }
  });
  await ready(running, one.write, "writable");
  await ready(running, other.write, "writable");
  assert.deepEqual(calls, ["ready"]);
});
