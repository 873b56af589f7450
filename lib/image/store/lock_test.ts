import assert from "node:assert/strict";
import { FileLock } from "./mod.ts";

Deno.test("FileLock keeps others out until it is disposed of", async () => {
  const path = await Deno.makeTempFile();
  try {
    const first = await FileLock.acquire(path, "alone");
    assert.equal(FileLock.tryAcquire(path, "alone"), undefined);
    assert.equal(FileLock.tryAcquire(path, "shared"), undefined);
    const second = FileLock.acquire(path, "shared");
    first[Symbol.dispose]();
    using _second = await second;
    using _third = FileLock.tryAcquire(path, "shared");
    assert(_third);
    assert.equal(FileLock.tryAcquire(path, "alone"), undefined);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("FileLock.acquire() ends its wait when aborted, and takes no lock later", async () => {
  const path = await Deno.makeTempFile();
  try {
    const stop = new AbortController();
    {
      using _holder = await FileLock.acquire(path, "alone");
      const waiting = FileLock.acquire(path, "alone", stop.signal);
      stop.abort();
      await assert.rejects(waiting, (error) => error === stop.signal.reason);
    }
    // The abandoned wait may get the lock for a moment, and lets go of it.
    using _next = await FileLock.acquire(path, "alone");
    await assert.rejects(
      FileLock.acquire(path, "alone", stop.signal),
      (error) => error === stop.signal.reason,
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("FileLock is let go of when its process dies", async () => {
  const path = await Deno.makeTempFile();
  const script = `
    import { FileLock } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).href)};
    await FileLock.acquire(Deno.args[0], "alone");
    console.log("locked");
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  await Deno.writeTextFile(`${path}.ts`, script);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-config", `${path}.ts`, path],
    stdout: "piped",
  }).spawn();
  try {
    const said = child.stdout.getReader();
    await said.read();
    assert.equal(FileLock.tryAcquire(path, "shared"), undefined);
    child.kill("SIGKILL");
    using _lock = await FileLock.acquire(path, "alone");
    await said.cancel();
  } finally {
    await child.status;
    await Deno.remove(path);
    await Deno.remove(`${path}.ts`);
  }
});
