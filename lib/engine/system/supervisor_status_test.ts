import assert from "node:assert/strict";
import type { SupervisorMessage } from "../../supervisor/protocol.ts";
import { FakeSupervisor } from "../_fake_supervisor_fixture.ts";
import { supervisorStatus } from "./supervisor_status.ts";

/** Answers one request after another, or dies over it. */
async function answer(
  supervisor: FakeSupervisor,
  answers: readonly (SupervisorMessage | undefined)[],
): Promise<void> {
  for (const message of answers) {
    using asked = await supervisor.accept();
    assert.deepEqual(asked.message, { kind: "describe" });
    if (message) await asked.answer(message);
  }
}

Deno.test("supervisorStatus() asks the next supervisor where one dies over it", async () => {
  await using supervisor = await FakeSupervisor.create();
  assert.equal(await supervisorStatus(supervisor), undefined);
  supervisor.listen();
  const described = (pid: number): SupervisorMessage => {
    return { kind: "description", pid, startedAt: 7, containers: ["one"] };
  };
  // The second has died when its memory is looked at: no pid is that high.
  const answers = [undefined, described(2 ** 22 + 1), described(Deno.pid)];
  const answering = answer(supervisor, answers);
  const { memory, ...status } = (await supervisorStatus(supervisor))!;
  await answering;
  assert.deepEqual(status, { pid: Deno.pid, startedAt: 7, containers: ["one"] });
  assert.ok(memory > 1_000_000, `${memory} bytes`);
});

Deno.test("supervisorStatus() gives up when too many have died over it", async () => {
  await using supervisor = await FakeSupervisor.create();
  supervisor.listen();
  const answering = answer(supervisor, Array.from({ length: 5 }, () => undefined));
  await assert.rejects(supervisorStatus(supervisor), { name: "SupervisorLostError" });
  await answering;
});
