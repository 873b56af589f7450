import assert from "node:assert/strict";
import { resolveRoots } from "../state/mod.ts";
import { socketPath } from "../supervisor/presence.ts";
import { encodeMessage, type SupervisorMessage } from "../supervisor/protocol.ts";
import { supervisorStatus } from "./supervisor_status.ts";

/** Answers one request after another: with a message, or as one that dies over it. */
async function answer(
  listener: Deno.UnixListener,
  answers: readonly (SupervisorMessage | undefined)[],
): Promise<void> {
  for (const message of answers) {
    using connection = await listener.accept();
    assert.ok(await connection.read(new Uint8Array(1024)));
    if (message) await connection.write(encodeMessage(message));
  }
}

Deno.test("supervisorStatus() asks the next supervisor where one dies over it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const roots = resolveRoots({ root: `${folder}/root`, run: folder });
    assert.equal(await supervisorStatus({ roots }), undefined);
    using listener = Deno.listen({ transport: "unix", path: socketPath(roots) });
    const described = (pid: number): SupervisorMessage => {
      return { kind: "description", pid, startedAt: 7, containers: ["one"] };
    };
    // The second has died when its memory is looked at: no pid is that high.
    const answers = [undefined, described(2 ** 22 + 1), described(Deno.pid)];
    const answering = answer(listener, answers);
    const { memory, ...status } = (await supervisorStatus({ roots }))!;
    await answering;
    assert.deepEqual(status, { pid: Deno.pid, startedAt: 7, containers: ["one"] });
    assert.ok(memory > 1_000_000, `${memory} bytes`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("supervisorStatus() gives up when too many have died over it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const roots = resolveRoots({ root: `${folder}/root`, run: folder });
    using listener = Deno.listen({ transport: "unix", path: socketPath(roots) });
    const answering = answer(listener, Array.from({ length: 5 }, () => undefined));
    await assert.rejects(supervisorStatus({ roots }), { name: "SupervisorLostError" });
    await answering;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
