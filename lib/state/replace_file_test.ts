import assert from "node:assert/strict";
import { replaceFile } from "./replace_file.ts";

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("replaceFile() creates a file with its mode, and keeps that of one that exists", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    await replaceFile(path, "one", { mode: 0o600 });
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    await Deno.chmod(path, 0o640);
    await replaceFile(path, "two", { mode: 0o600 });
    assert.equal(await Deno.readTextFile(path), "two");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
    assert.deepEqual(await names(folder), ["file"]);
  });
});

Deno.test("replaceFile() follows a symbolic link", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/real`);
    await Deno.writeTextFile(`${folder}/real/file`, "one");
    await Deno.symlink("real/file", `${folder}/link`);
    await replaceFile(`${folder}/link`, "two", { mode: 0o600 });
    assert.equal(await Deno.readTextFile(`${folder}/real/file`), "two");
    assert.ok((await Deno.lstat(`${folder}/link`)).isSymlink);
  });
});

Deno.test("replaceFile() leaves the old file, and no other, where it fails", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/file`);
    await assert.rejects(replaceFile(`${folder}/file`, "x", { mode: 0o600 }));
    assert.deepEqual(await names(folder), ["file"]);
  });
});
