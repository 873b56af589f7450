import assert from "node:assert/strict";
import { Nearby } from "./nearby.ts";

Deno.test("Nearby makes directories for all users, and leaves nothing", async () => {
  const root = await Deno.makeTempDir();
  const umask = Deno.umask(0o077);
  try {
    const nearby = new Nearby(`${root}/nearby`);
    nearby.leave();
    for (const name of ["a", "b"]) nearby.makeDirectory(`${root}/${name}`);
    assert.equal((await Deno.stat(`${root}/a`)).mode! & 0o7777, 0o755);
    assert.equal((await Deno.stat(`${root}/nearby`)).mode! & 0o7777, 0o700);
    nearby.leave();
    const names = await Array.fromAsync(Deno.readDir(root), ({ name }) => name);
    assert.deepEqual(names.sort(), ["a", "b"]);
  } finally {
    Deno.umask(umask);
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Nearby stays while somebody else makes a directory in it", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/nearby/other`, { recursive: true });
    const nearby = new Nearby(`${root}/nearby`);
    nearby.leave();
    nearby.makeDirectory(`${root}/mine`);
    await Deno.stat(`${root}/nearby/other`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Nearby reports where no directory can be made", () => {
  const nearby = new Nearby("/proc/self/none");
  assert.throws(() => nearby.makeDirectory("/proc/self/layer"), Deno.errors.NotFound);
  assert.throws(() => new Nearby("/proc/self/status/none").leave(), { name: "SyscallError" });
});
