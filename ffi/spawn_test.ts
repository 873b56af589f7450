import assert from "node:assert/strict";
import { Errno } from "./error.ts";
import { close, open, OpenFlag, pipe, read } from "./fd.ts";
import { type ExitStatus, reap } from "./process.ts";
import { spawn, type SpawnOptions } from "./spawn.ts";

/** Starts a shell script whose standard output is collected, and waits for its end. */
function run(
  script: string,
  options: Partial<SpawnOptions> & { more?: Record<number, number> } = {},
): { output: string; status: ExitStatus | undefined; pid: number } {
  const out = pipe();
  const { more = {}, ...rest } = options;
  const args = ["sh", "-c", script];
  const pid = spawn({ path: "/bin/sh", args, env: {}, fds: { 1: out.write, ...more }, ...rest });
  close(out.write);
  const output = readAll(out.read);
  // The script has closed its output, so it is about to end.
  let status: ExitStatus | undefined;
  while ((status = reap(pid)) === undefined);
  return { output, status, pid };
}

function readAll(fd: number): string {
  const buffer = new Uint8Array(4096);
  let text = "";
  for (let count; (count = read(fd, buffer));) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  close(fd);
  return text;
}

Deno.test("spawn() passes arguments and exactly the given environment", () => {
  const { output, status } = run("", {
    path: "/usr/bin/env",
    args: ["env"],
    env: { ONE: "1", EMPTY: "", "ÄÖ": "ü=ü" },
  });
  assert.deepEqual(output.trim().split("\n").toSorted(), ["EMPTY=", "ONE=1", "ÄÖ=ü=ü"]);
  assert.deepEqual(status, { kind: "exited", code: 0 });
});

Deno.test("spawn() takes argv as it is, the name included", () => {
  const args = ["a name", "-c", 'echo "$0|$1|$2|$#"', "zero", "two words", ""];
  assert.equal(run("", { args }).output, "zero|two words||2\n");
});

Deno.test("spawn() gives the child its descriptors, whatever their numbers are here", () => {
  const first = pipe();
  const second = pipe();
  // Crossed numbers: each is the other's target.
  const fds = { [first.write]: second.write, [second.write]: first.write };
  const at = (fd: number) => `/proc/self/fd/${fd}`;
  run(`echo first >${at(second.write)}; echo second >${at(first.write)}`, { more: fds });
  close(first.write);
  close(second.write);
  assert.equal(readAll(first.read), "first\n");
  assert.equal(readAll(second.read), "second\n");
});

Deno.test("spawn() gives the child no descriptor it was not given", () => {
  const zero = open("/dev/null", OpenFlag.RDONLY);
  const { output } = run("ls /proc/self/fd", { more: { 0: zero, 2: zero, 7: zero }, env: PATH });
  const open_ = output.trim().split("\n").map(Number);
  assert.deepEqual(open_.filter((fd) => fd < 3 || fd === 7), [0, 1, 2, 7]);
  assert.equal(open_.includes(zero), false);
  close(zero);
});

const PATH = { PATH: "/usr/bin:/bin" };

Deno.test("spawn() resets the signals this runtime ignores, and blocks none", () => {
  const { output } = run("grep -E '^Sig(Ign|Blk):' /proc/self/status", { env: PATH });
  assert.deepEqual(output.replaceAll("\t", "").trim().split("\n"), [
    "SigBlk:0000000000000000",
    "SigIgn:0000000000000000",
  ]);
});

Deno.test("spawn() blocks the signals it is told to", () => {
  const { output } = run("", {
    path: "/bin/grep",
    args: ["grep", "SigBlk", "/proc/self/status"],
    blockedSignals: [10, 64],
  });
  assert.equal(output, "SigBlk:\t8000000000000200\n");
});

Deno.test("spawn() starts a session where asked to", () => {
  const session = "cut -d' ' -f6 /proc/self/stat";
  const { output: own, pid } = run(session, { newSession: true, env: PATH });
  assert.equal(Number(own), pid);
  const { output: shared, pid: child } = run(session, { env: PATH });
  assert.notEqual(Number(shared), child);
});

Deno.test("spawn() says why a program cannot be started", () => {
  const cases: [path: string, errno: number][] = [
    ["/does/not/exist", Errno.ENOENT],
    ["/etc/passwd", Errno.EACCES],
    ["/etc", Errno.EACCES],
  ];
  for (const [path, errno] of cases) {
    const start = () => spawn({ path, args: [path], env: {}, fds: { 0: 2 } });
    assert.throws(start, { name: "SyscallError", syscall: "posix_spawn", errno });
  }
  assert.throws(() => spawn({ path: "/bin/true", args: ["a\0b"], env: {}, fds: {} }), TypeError);
  assert.throws(() => spawn({ path: "/bin/true", args: [], env: {}, fds: { 0: 1_000_000 } }), {
    errno: Errno.EBADF,
  });
});

Deno.test("spawn() passes many long arguments unharmed", () => {
  const words = Array.from({ length: 500 }, (_, index) => `${index}-${"x".repeat(index % 100)}`);
  const { output } = run("", {
    args: ["sh", "-c", 'for word; do echo "$word"; done', "sh", ...words],
  });
  assert.deepEqual(output.trim().split("\n"), words);
});
