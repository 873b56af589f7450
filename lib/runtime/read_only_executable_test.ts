import assert from "node:assert/strict";

const script = `
  import { withReadOnlyExecutable } from "${import.meta.resolve("./read_only_executable.ts")}";
  import { kill, open, OpenFlag, reap, spawn } from "${import.meta.resolve("../../ffi/mod.ts")}";
  const [executable, target] = Deno.args;
  const before = [Deno.readLinkSync("/proc/thread-self/ns/mnt"), Deno.cwd()];
  const pid = withReadOnlyExecutable(executable, target, (path) =>
    spawn({ path, args: [path, "1000"], env: {}, fds: { 0: 0, 1: 1, 2: 2 } }));
  const result = {
    same: String(before) === String([Deno.readLinkSync("/proc/thread-self/ns/mnt"), Deno.cwd()]),
    mounted: Deno.readTextFileSync("/proc/self/mountinfo").includes(target),
    executable: Deno.readLinkSync("/proc/" + pid + "/exe") === target,
  };
  try {
    open("/proc/" + pid + "/exe", OpenFlag.WRONLY | OpenFlag.TRUNC);
  } catch (error) {
    result.error = error.message.split(": ")[1];
  }
  kill(pid, 9);
  while (reap(pid) === undefined);
  console.log(JSON.stringify(result));`;

Deno.test({
  name: "withReadOnlyExecutable() starts from a mount that nobody can write to or see",
  ignore: Deno.uid() !== 0,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/script.ts`;
    await Deno.writeTextFile(file, script);
    const { stderr, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", file, "/bin/sleep", `${folder}/exe`],
      env: { NO_COLOR: "1" },
    }).output();
    const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.deepEqual(JSON.parse(out || "null"), {
      same: true,
      mounted: false,
      executable: true,
      error: "read-only file system",
    }, errors);
    assert.equal(await Deno.readTextFile(`${folder}/exe`), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
