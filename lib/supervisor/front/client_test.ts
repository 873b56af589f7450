import assert from "node:assert/strict";
import { identifyProcess, isAlive } from "../../process/mod.ts";
import { resolveRoots } from "../../state/mod.ts";
import { connectIfRunning } from "./client.ts";
import { ClientConnection } from "./client_connection.ts";
import { endOldSupervisor } from "../own/end_old_supervisor.ts";
import { FrameReader } from "./frame_stream.ts";
import { lockPath, socketPath } from "../own/presence.ts";
import { decodeMessage, encodeMessage, PROTOCOL_VERSION } from "../protocol.ts";

Deno.test("connectIfRunning() finds nobody where a supervisor is there no more, or is ending", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const roots = resolveRoots({ root: `${folder}/root`, run: folder });
    assert.equal(await connectIfRunning(roots), undefined);
    const listener = Deno.listen({ transport: "unix", path: socketPath(roots) });
    const connecting = connectIfRunning(roots);
    // Without having let anyone in: who waits there is turned away.
    listener.close();
    assert.equal(await connecting, undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("connectIfRunning() connects", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const roots = resolveRoots({ root: `${folder}/root`, run: folder });
    using listener = Deno.listen({ transport: "unix", path: socketPath(roots) });
    const connection = await connectIfRunning(roots);
    using _accepted = await listener.accept();
    connection!.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What a client sends first to a supervisor that has announced something, or nothing. */
async function firstMessage(announced: object): Promise<unknown> {
  const folder = await Deno.makeTempDir();
  try {
    const roots = resolveRoots({ root: `${folder}/root`, run: folder });
    await Deno.writeTextFile(lockPath(roots), JSON.stringify(announced));
    using listener = Deno.listen({ transport: "unix", path: socketPath(roots) });
    const connection = await connectIfRunning(roots);
    using accepted = await listener.accept();
    await connection!.send({ kind: "describe" });
    const frame = await new FrameReader(accepted).next();
    connection!.close();
    return decodeMessage(frame!);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a client speaks the version of the protocol that a supervisor has announced", async () => {
  const process = identifyProcess(Deno.pid)!;
  // As before there were versions.
  assert.deepEqual(await firstMessage(process), { kind: "describe" });
  const own = { kind: "describe", version: PROTOCOL_VERSION };
  assert.deepEqual(await firstMessage({ ...process, protocol: PROTOCOL_VERSION }), own);
  assert.deepEqual(await firstMessage({ ...process, protocol: PROTOCOL_VERSION + 1 }), own);
});

Deno.test("ClientConnection.request() refuses a version that is newer than its own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/socket`;
    using listener = Deno.listen({ transport: "unix", path });
    const asked = async (version?: number) => {
      using client = await Deno.connect({ transport: "unix", path });
      const connection = new ClientConnection(await listener.accept());
      const message = { kind: "describe", ...version !== undefined && { version } } as const;
      await client.write(encodeMessage(message));
      return await connection.request().finally(() => connection.close());
    };
    assert.deepEqual(await asked(), { kind: "describe" });
    assert.deepEqual(await asked(PROTOCOL_VERSION), { kind: "describe" });
    await assert.rejects(asked(PROTOCOL_VERSION + 1), { kind: "unavailable" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("endOldSupervisor() ends the process that speaks an older version, and no other", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const roots = resolveRoots({ root: `${folder}/root`, run: folder });
    const announce = (process: object) =>
      Deno.writeTextFile(lockPath(roots), JSON.stringify(process));
    const child = new Deno.Command("sleep", { args: ["100"] }).spawn();
    const process = identifyProcess(child.pid)!;
    // A pid that another process has by now.
    await announce({ ...process, start: process.start - 1 });
    await endOldSupervisor(roots, 1);
    await announce({ ...process, protocol: 1 });
    await endOldSupervisor(roots, 1);
    assert.ok(isAlive(process));
    await announce(process);
    await endOldSupervisor(roots, 1);
    assert.ok(!isAlive(process));
    assert.equal((await child.status).signal, "SIGKILL");
    await endOldSupervisor(roots, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
