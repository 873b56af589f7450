import assert from "node:assert/strict";
import type { Roots } from "../../state/mod.ts";
import { INPUT_WINDOW, type SupervisorConnection } from "../../supervisor/mod.ts";
import type { Frame } from "../../supervisor/mod.ts";
import { Attachment, awaitAnswer, SupervisorLostError } from "./attachment.ts";

const ROOTS: Roots = { root: "/nowhere", run: "/nowhere", instance: "none" };
const MESSAGE = 3;

/** A supervisor that says what the test wants it to. */
class FakeSupervisor {
  readonly messages: unknown[] = [];
  readonly input: number[] = [];
  closed = 0;
  readonly #frames: (Frame | undefined)[] = [];
  #wake: (() => void) | undefined;

  get connection(): SupervisorConnection {
    return this as unknown as SupervisorConnection;
  }

  /** Sends the client a frame. */
  frame(type: number, payload: Uint8Array<ArrayBuffer>): void {
    this.#push({ type, payload });
  }

  /** Sends the client a message. */
  say(message: unknown): void {
    this.frame(MESSAGE, new TextEncoder().encode(JSON.stringify(message)));
  }

  /** Ends the connection. */
  die(): void {
    this.#push(undefined);
  }

  #push(frame: Frame | undefined): void {
    this.#frames.push(frame);
    this.#wake?.();
  }

  async next(): Promise<Frame | undefined> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#frames.shift();
  }

  send(message: unknown): Promise<void> {
    this.messages.push(message);
    return Promise.resolve();
  }

  write(_stream: number, bytes: Uint8Array): Promise<void> {
    this.input.push(bytes.length);
    return Promise.resolve();
  }

  close(): void {
    this.closed++;
  }
}

/** An attachment to a command that has just started, and what it writes. */
async function attached(): Promise<
  { supervisor: FakeSupervisor; attachment: Attachment; output: string[] }
> {
  const supervisor = new FakeSupervisor();
  const output: string[] = [];
  supervisor.say({ kind: "started" });
  const attachment = await Attachment.start(ROOTS, supervisor.connection, "abc", {
    owner: true,
    onOutput: (stream, bytes) => void output.push(`${stream} ${new TextDecoder().decode(bytes)}`),
  }, { rows: 24, columns: 80 });
  return { supervisor, attachment, output };
}

Deno.test("Attachment passes output on in order, and settles with the exit code", async () => {
  const { attachment, output, supervisor } = await attached();
  assert.deepEqual(supervisor.messages, [
    { kind: "start", id: "abc", attach: true, owner: true, size: { rows: 24, columns: 80 } },
  ]);
  supervisor.frame(1, new TextEncoder().encode("out"));
  supervisor.frame(2, new TextEncoder().encode("err"));
  supervisor.say({ kind: "exited", exitCode: 42 });
  assert.equal(await attachment.exitCode, 42);
  assert.deepEqual(output, ["stdout out", "stderr err"]);
  assert.equal(supervisor.closed, 1);
});

Deno.test("Attachment.write() waits while the command has not taken a window of input", async () => {
  const { attachment, supervisor } = await attached();
  let done = false;
  const writing = attachment.write(new Uint8Array(2 * INPUT_WINDOW)).then(() => done = true);
  const sent = () => supervisor.input.reduce((sum, length) => sum + length, 0);
  while (sent() < INPUT_WINDOW) await Promise.resolve();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual([sent(), done], [INPUT_WINDOW, false]);
  // Signals are not held up by it.
  await attachment.signal(15);
  assert.deepEqual(supervisor.messages.at(-1), { kind: "signal", signal: 15 });
  for (let at = 0; at < 4; at++) supervisor.say({ kind: "inputTaken", bytes: INPUT_WINDOW / 4 });
  await writing;
  assert.equal(sent(), 2 * INPUT_WINDOW);
  supervisor.say({ kind: "exited", exitCode: 0 });
  await attachment.exitCode;
});

Deno.test("Attachment.write() ends with the command", async () => {
  const { attachment, supervisor } = await attached();
  const writing = attachment.write(new Uint8Array(10 * INPUT_WINDOW));
  supervisor.say({ kind: "exited", exitCode: 0 });
  await Promise.all([writing, attachment.exitCode]);
});

Deno.test("Attachment.exitCode rejects with what the supervisor reports, and closes", async () => {
  const { attachment, supervisor } = await attached();
  supervisor.say({ kind: "failed", error: "conflict", message: "Cannot go on" });
  await assert.rejects(attachment.exitCode, { kind: "conflict", message: "Cannot go on" });
  assert.equal(supervisor.closed, 1);
  await attachment.write(new Uint8Array(10 * INPUT_WINDOW));
});

Deno.test("Attachment.start() reports a start that failed, and a supervisor that died", async () => {
  const start = (supervisor: FakeSupervisor) =>
    Attachment.start(
      ROOTS,
      supervisor.connection,
      "abc",
      { owner: false, onOutput: () => {} },
      undefined,
    );
  const failing = new FakeSupervisor();
  failing.say({ kind: "failed", error: "commandNotFound", message: "no sh" });
  await assert.rejects(start(failing), { kind: "commandNotFound", message: "no sh" });
  const dying = new FakeSupervisor();
  dying.die();
  await assert.rejects(start(dying), SupervisorLostError);
  const odd = new FakeSupervisor();
  odd.say({ kind: "exited", exitCode: 0 });
  await assert.rejects(start(odd), {
    kind: "system",
    message: 'Cannot start container "abc": unexpected "exited"',
  });
  assert.deepEqual([failing.closed, dying.closed, odd.closed], [1, 1, 1]);
});

Deno.test("awaitAnswer() gives the answer", async () => {
  const supervisor = new FakeSupervisor();
  supervisor.say({ kind: "done" });
  assert.deepEqual(await awaitAnswer(supervisor.connection), { kind: "done" });
});
