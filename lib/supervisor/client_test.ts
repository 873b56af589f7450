import assert from "node:assert/strict";
import { resolveRoots } from "../state/mod.ts";
import { connectIfRunning } from "./client.ts";
import { socketPath } from "./presence.ts";

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
