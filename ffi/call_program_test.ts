import assert from "node:assert/strict";
import { type CallReport, encodeProgram, reachedCall, REPORT_SIZE } from "./call_program.ts";
import type { SystemCall } from "./system_call.ts";

const SIGCHLD = 17;
const FORK: SystemCall = { name: "clone", args: [SIGCHLD] };
const REPORT_FD = 3;

/** How to run a program of each architecture; the other one's needs qemu-user. */
const RUNNERS: Record<typeof Deno.build.arch, string> = {
  "x86_64": Deno.build.arch === "x86_64" ? "" : "qemu-x86_64",
  "aarch64": Deno.build.arch === "aarch64" ? "" : "qemu-aarch64",
};

async function run(
  child: readonly SystemCall[],
  arch: typeof Deno.build.arch,
): Promise<{ reports: CallReport[]; stdout: string }> {
  const before: SystemCall[] = [
    { name: "close", args: [1000], mayFail: true },
    { name: "umask", args: [0o27] },
  ];
  const { bytes, readReport } = encodeProgram({ before, fork: FORK, child }, REPORT_FD, arch);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/program`, bytes, { mode: 0o755 });
    // "cat" ends when the last process that holds the pipe has.
    const script = `{ ${RUNNERS[arch]} ${folder}/program | cat; } 3> ${folder}/reports`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
    const { buffer } = await Deno.readFile(`${folder}/reports`);
    const reports = Array.from(
      { length: buffer.byteLength / REPORT_SIZE },
      (_, index) => readReport(new DataView(buffer, index * REPORT_SIZE, REPORT_SIZE)),
    );
    return { reports, stdout: new TextDecoder().decode(stdout) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function hasRunner(arch: typeof Deno.build.arch): Promise<boolean> {
  if (RUNNERS[arch] === "") return true;
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${RUNNERS[arch]}`],
    stdout: "null",
  }).output();
  return success;
}

for (const arch of ["x86_64", "aarch64"] as const) {
  const ignore = !await hasRunner(arch);

  Deno.test(
    { name: `encodeProgram() makes a program of the calls (${arch})`, ignore },
    async () => {
      const { reports, stdout } = await run([
        reachedCall(REPORT_FD),
        { name: "write", args: [1, "first\n", 6] },
        {
          name: "execve",
          args: ["/bin/sh", ["sh", "-c", 'echo "$1" $A; umask', "", "a b"], ["A=1"]],
        },
      ], arch);
      assert.equal(stdout, "first\na b 1\n0027\n");
      const kinds = reports.map(({ kind }) => kind).sort();
      assert.deepEqual(kinds, ["forked", "reached"]);
      const forked = reports.find((report) => report.kind === "forked");
      assert.ok(forked !== undefined && forked.pid > 1);
    },
  );

  Deno.test({ name: `a program says which call failed, and ends (${arch})`, ignore }, async () => {
    const failing: SystemCall = { name: "execve", args: ["/dev/null/nosuch", ["nosuch"], []] };
    const { reports, stdout } = await run([
      failing,
      { name: "write", args: [1, "never", 5] },
    ], arch);
    assert.equal(stdout, "");
    const failed = reports.find((report) => report.kind === "failed");
    assert.deepEqual(failed, { kind: "failed", call: failing, errno: 20 });
  });
}
