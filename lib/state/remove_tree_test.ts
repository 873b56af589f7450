import assert from "node:assert/strict";
import { mkdirat } from "../../ffi/directory_entry.ts";
import { close, open, OpenFlag } from "../../ffi/fd.ts";
import { openat } from "../../ffi/openat.ts";
import { EngineError } from "../errors.ts";
import { removeTree } from "./remove_tree.ts";

async function shell(script: string, cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", { args: ["-ec", script], cwd }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** Makes directories one inside of the other. */
function dig(path: string, depth: number): void {
  let fd = open(path, OpenFlag.PATH);
  for (let level = 0; level < depth; level++) {
    mkdirat(fd, "directory", 0o755);
    const next = openat(fd, "directory", OpenFlag.PATH);
    close(fd);
    fd = next;
  }
  close(fd);
}

Deno.test("removeTree() removes files and directories, and takes absence for done", async () => {
  const path = await Deno.makeTempDir();
  await shell("mkdir -p a/b/c a/.removed-0 .removed-1; touch a/b/x .removed-2; ln -s / root", path);
  await removeTree(`${path}/a/`);
  await removeTree(`${path}/root`);
  await assert.rejects(Deno.lstat(`${path}/a`), Deno.errors.NotFound);
  await removeTree(path);
  await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
  await removeTree(path);
  await removeTree(`${path}/below`);
});

Deno.test("removeTree() never follows a link", async () => {
  const path = await Deno.makeTempDir();
  await shell("mkdir -p tree/d host; echo secret > host/file", path);
  await shell(`ln -s ${path}/host d/out; ln -s ../../host d/up`, `${path}/tree`);
  await removeTree(`${path}/tree`);
  assert.deepEqual((await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name), ["host"]);
  assert.equal(await Deno.readTextFile(`${path}/host/file`), "secret\n");
  await removeTree(path);
});

Deno.test("removeTree() removes a tree too deep for a path, and any name", async () => {
  const path = await Deno.makeTempDir();
  await shell(`touch "$(printf '\\\\351')"; mkdir "$(printf 'd\\\\377')"`, path);
  dig(path, 5000);
  await removeTree(path);
  await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test({
  name: "removeTree() removes devices, and directories nobody may enter",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const path = await Deno.makeTempDir();
    await shell("mkdir d; mknod d/whiteout c 0 0; mkfifo d/pipe; chmod 0 d", path);
    await removeTree(path);
    await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
  },
});

Deno.test("removeTree() removes thousands of names while timers go on", async () => {
  const path = await Deno.makeTempDir();
  await shell(
    "mkdir a b; seq 1 8000 | (cd a; xargs touch); seq 1 3000 | (cd b; xargs mkdir)",
    path,
  );
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await removeTree(path);
  clearInterval(timer);
  assert(turns > 0);
  await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
});

Deno.test("removeTree() has removed all of it though somebody else removes it as well", async () => {
  const path = await Deno.makeTempDir();
  const script = "for d in $(seq 20); do mkdir $d $d/below; (cd $d; seq 100 | xargs touch); done";
  await Deno.mkdir(`${path}/tree`);
  await shell(script, `${path}/tree`);
  const isThere = async () => {
    await removeTree(`${path}/tree`);
    return await Deno.lstat(`${path}/tree`).then(() => true, () => false);
  };
  assert.deepEqual(await Promise.all([isThere(), isThere()]), [false, false]);
  await removeTree(path);
});

Deno.test("removeTree() says what cannot be removed", async () => {
  await assert.rejects(removeTree("/proc/self/status"), (error) => {
    assert(error instanceof EngineError);
    assert.equal(error.kind, "system");
    assert.equal(error.message, 'Cannot remove "/proc/self/status"');
    return true;
  });
});
