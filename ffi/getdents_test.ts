import assert from "node:assert/strict";
import { close, open, OpenFlag } from "./fd.ts";
import { getdents64 } from "./getdents.ts";

Deno.test("getdents64() reads names, what they are, and nothing more at the end", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/file`, "");
  await Deno.mkdir(`${directory}/directory`);
  const fd = open(directory, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  try {
    const entries = getdents64(fd).map(({ name, isDirectory }) => [
      new TextDecoder().decode(name),
      isDirectory,
    ]);
    assert.deepEqual(
      new Map(entries as [string, boolean][]),
      new Map([
        ["file\0", false],
        ["directory\0", true],
      ]),
    );
    assert.deepEqual(getdents64(fd), []);
  } finally {
    close(fd);
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("getdents64() takes a directory that was removed for an empty one", async () => {
  const directory = await Deno.makeTempDir();
  const fd = open(directory, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  try {
    await Deno.remove(directory);
    assert.deepEqual(getdents64(fd), []);
  } finally {
    close(fd);
  }
});

Deno.test("getdents64() says what is no directory", () => {
  const fd = open("/dev/null", OpenFlag.RDONLY);
  try {
    assert.throws(() => getdents64(fd), { name: "SyscallError", message: /not a directory/ });
  } finally {
    close(fd);
  }
});
