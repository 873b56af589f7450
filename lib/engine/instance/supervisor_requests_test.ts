import assert from "node:assert/strict";
import type { ClientMessage } from "../../supervisor/protocol.ts";
import { FakeSupervisor } from "../_fake_supervisor_fixture.ts";
import { SupervisorRequests } from "./supervisor_requests.ts";

const kill = (id: string): ClientMessage => ({ kind: "kill", id, signal: 15 });

Deno.test("SupervisorRequests.ask() gives each of several requests at once its own answer", async () => {
  await using supervisor = await FakeSupervisor.create();
  supervisor.listen();
  const requests = new SupervisorRequests(supervisor.roots);
  requests.warmUp();
  const asking = ["one", "two", "three"].map((id) => requests.ask(kill(id)));
  const waiting = [];
  for (const _ of asking) waiting.push(await supervisor.accept());
  // The last that came is answered first.
  for (const asked of waiting.toReversed()) {
    using _asked = asked;
    const { id } = asked.message as Extract<ClientMessage, { kind: "kill" }>;
    await asked.answer({ kind: "failed", error: "conflict", message: `no ${id}` });
  }
  const results = await Promise.allSettled(asking);
  assert.deepEqual(
    results.map((result) => result.status === "rejected" && String(result.reason)),
    ["one", "two", "three"].map((id) => `EngineError: no ${id}`),
  );
});

Deno.test("SupervisorRequests.askAgain() asks the next one where a supervisor dies over it", async () => {
  await using supervisor = await FakeSupervisor.create();
  supervisor.listen();
  const requests = new SupervisorRequests(supervisor.roots);
  const asking = requests.askAgain(kill("one"));
  (await supervisor.accept())[Symbol.dispose]();
  using asked = await supervisor.accept();
  assert.deepEqual(asked.message, kill("one"));
  await asked.answer({ kind: "done" });
  assert.deepEqual(await asking, { kind: "done" });
});

Deno.test("SupervisorRequests.ask() says that a supervisor has died, and asks nobody else", async () => {
  await using supervisor = await FakeSupervisor.create();
  supervisor.listen();
  const asking = new SupervisorRequests(supervisor.roots).ask(kill("one"));
  const rejected = assert.rejects(asking, { name: "SupervisorLostError" });
  (await supervisor.accept())[Symbol.dispose]();
  await rejected;
});
