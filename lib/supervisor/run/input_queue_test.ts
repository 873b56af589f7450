import assert from "node:assert/strict";
import { InputQueue } from "./input_queue.ts";

/** A command that takes its input only when it is told to. */
class SlowCommand {
  readonly log: string[] = [];
  readonly #reads: (() => void)[] = [];

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#reads.push(resolve));
    this.log.push(new TextDecoder().decode(bytes));
  }

  closeInput(): void {
    this.log.push("closed");
  }

  leave(): void {
    this.log.push("left");
  }

  /** Reads, once somebody writes. */
  async read(): Promise<void> {
    while (this.#reads.length === 0) await Promise.resolve();
    this.#reads.shift()!();
  }
}

/** A queue, and what it has told. */
function queueOf(command: ConstructorParameters<typeof InputQueue>[0]) {
  const told: unknown[] = [];
  const settled = Promise.withResolvers<void>();
  const tell = (what: unknown) => {
    told.push(what);
    settled.resolve();
  };
  const queue = new InputQueue(command, { onTaken: tell, onError: tell });
  return { queue, told, settled: settled.promise };
}

Deno.test("InputQueue passes input on in order, its end and the client's last", async () => {
  const command = new SlowCommand();
  const { queue, told } = queueOf(command);
  const buffer = new TextEncoder().encode("one");
  queue.write(buffer);
  // The buffer is used again at once.
  buffer.set(new TextEncoder().encode("two"));
  queue.write(buffer);
  queue.close();
  queue.leave();
  assert.deepEqual([command.log, told], [[], []]);
  await command.read();
  await command.read();
  while (!command.log.includes("left")) await Promise.resolve();
  assert.deepEqual(command.log, ["one", "two", "closed", "left"]);
  assert.deepEqual(told, [3, 3]);
});

Deno.test("InputQueue says that input was taken where there is no command, or none that reads", async () => {
  const { queue, settled, told } = queueOf(undefined);
  queue.write(new Uint8Array(10));
  queue.close();
  queue.leave();
  await settled;
  assert.deepEqual(told, [10]);
});

Deno.test("InputQueue tells an error, and goes on", async () => {
  const error = new Error("write failed");
  let left = false;
  const { queue, settled, told } = queueOf({
    write: () => Promise.reject(error),
    closeInput: () => {},
    leave: () => {
      left = true;
    },
  });
  queue.write(new Uint8Array(1));
  queue.leave();
  await settled;
  while (!left) await Promise.resolve();
  assert.deepEqual(told, [error]);
});
