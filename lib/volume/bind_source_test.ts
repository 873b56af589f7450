import assert from "node:assert/strict";
import { createBindSource, existingPart } from "./bind_source.ts";

Deno.test("createBindSource() creates what is missing, whatever the umask is", async () => {
  const folder = await Deno.makeTempDir();
  const umask = Deno.umask(0o077);
  try {
    createBindSource(`${folder}/a/b`);
  } finally {
    Deno.umask(umask);
  }
  for (const name of ["a", "a/b"]) {
    const { isDirectory, mode } = await Deno.stat(`${folder}/${name}`);
    assert.deepEqual([isDirectory, mode! & 0o7777], [true, 0o755], name);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createBindSource() leaves alone what is there", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/file`, "content");
  await Deno.chmod(folder, 0o700);
  createBindSource(folder);
  createBindSource(`${folder}/file`);
  assert.equal((await Deno.stat(folder)).mode! & 0o7777, 0o700);
  assert.equal(await Deno.readTextFile(`${folder}/file`), "content");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createBindSource() says what cannot be created", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/file`, "");
  await Deno.symlink("gone", `${folder}/link`);
  for (const path of [`${folder}/file/a`, `${folder}/link`]) {
    assert.throws(() => createBindSource(path), {
      kind: "invalid",
      message: `Cannot mount "${path}": error while creating mount source path '${path}'`,
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createBindSource() goes on where somebody else makes the same folder, and tells the rest", async (test) => {
  const folder = await Deno.makeTempDir();
  const { mkdirSync } = Deno;
  await test.step("a folder above appears", () => {
    Deno.mkdirSync = (path) => {
      if (path === `${folder}/a`) mkdirSync(path);
      mkdirSync(path);
    };
    try {
      createBindSource(`${folder}/a/b`);
    } finally {
      Deno.mkdirSync = mkdirSync;
    }
    assert.ok(Deno.statSync(`${folder}/a/b`).isDirectory);
  });
  await test.step("the owner cannot be set", () => {
    const { chownSync } = Deno;
    Deno.chownSync = () => {
      throw new Deno.errors.PermissionDenied("squashed");
    };
    try {
      const owner = { uid: 1, gid: 1 };
      assert.throws(() => createBindSource(`${folder}/c`, owner), { kind: "invalid" });
    } finally {
      Deno.chownSync = chownSync;
    }
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("existingPart() finds the nearest folder that is there", async () => {
  const folder = await Deno.makeTempDir();
  assert.equal(existingPart(folder), folder);
  assert.equal(existingPart(`${folder}/a/b/c`), folder);
  await Deno.remove(folder, { recursive: true });
});
