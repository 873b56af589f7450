import assert from "node:assert/strict";
import { encodeInitProgram, INIT_REPORT_FD } from "./init_program.ts";

/** How to run a program of each architecture; the other one's needs qemu-user. */
const RUNNERS: Record<typeof Deno.build.arch, string> = {
  "x86_64": Deno.build.arch === "x86_64" ? "" : "qemu-x86_64",
  "aarch64": Deno.build.arch === "aarch64" ? "" : "qemu-aarch64",
};

interface Ended {
  code: number;
  stdout: string;
  report: string;
}

const REPORTS = new Map([[2, "missing"], [8, "no program"]].map(
  ([errno, text]) => [errno as number, new TextEncoder().encode(text as string)],
));

/** Runs a command below the program, as `sh -c script` where it is a shell's. */
async function run(
  arch: typeof Deno.build.arch,
  path: string,
  args: readonly string[],
): Promise<Ended> {
  const bytes = encodeInitProgram({
    name: "small-init",
    path,
    reports: REPORTS,
    otherReport: new TextEncoder().encode("other"),
  }, arch);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/init`, bytes, { mode: 0o755 });
    const script = `${RUNNERS[arch]} "$0" -- "$@" ${INIT_REPORT_FD}> ${folder}/report`;
    const { code, stdout } = await new Deno.Command("sh", {
      args: ["-c", script, `${folder}/init`, ...args],
      env: { COLOUR: "blue" },
    }).output();
    const report = await Deno.readTextFile(`${folder}/report`);
    return { code, stdout: new TextDecoder().decode(stdout), report };
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
  // qemu-user knows no subreapers, and does not end a wait for a signal.
  const isNative = arch === Deno.build.arch;
  const shell = (script: string, ...args: string[]) =>
    run(arch, "/bin/sh", ["sh", "-c", script, ...args]);
  const test = (name: string, fn: () => Promise<void>, needs = true) =>
    Deno.test({ name: `${name} (${arch})`, ignore: ignore || !needs, fn });

  test("encodeInitProgram() makes a program that passes arguments and environment on", async () => {
    const { code, report, stdout } = await shell('echo "$0" "$1" $COLOUR; exit 3', "a b", "c");
    assert.deepEqual({ code, report, stdout }, { code: 3, report: "", stdout: "a b c blue\n" });
  });

  test("an init program ends with 128 and the signal that ended its command", async () => {
    assert.equal((await shell("kill -TERM $$")).code, 143);
    assert.equal((await shell("kill -KILL $$")).code, 137);
  });

  test("an init program passes signals on, real-time ones as well", async () => {
    // The shell looks at its traps between two commands.
    const script = `
      for signal in TERM USR1 40; do
        trap "got=$signal" $signal
        got=
        kill -$signal $PPID
        while [ -z "$got" ]; do sleep 0.01; done
        echo $got
      done`;
    assert.equal((await shell(script)).stdout, "TERM\nUSR1\n40\n");
  }, isNative);

  test("an init program waits for orphans", async () => {
    // The orphan's parent is the init, which is a subreaper; a zombie would keep its /proc folder.
    const { stdout } = await shell(`
      orphan=$(sh -c 'sleep 0.1 > /dev/null & echo $!')
      read -r _ _ _ parent _ < /proc/$orphan/stat
      [ "$parent" = ${isNative ? "$PPID" : "$parent"} ] && echo adopted
      while [ -e /proc/$orphan ]; do sleep 0.05; done
      echo gone`);
    assert.equal(stdout, "adopted\ngone\n");
  });

  test("the command of an init program leads a process group and has no signal blocked", async () => {
    const { stdout } = await shell(
      "read -r _ _ _ _ group _ < /proc/$$/stat; [ $group = $$ ] && echo leads; " +
        `grep SigBlk /proc/self/status; [ -e /proc/$$/fd/${INIT_REPORT_FD} ] || echo closed; ` +
        "cat /proc/$PPID/comm",
    );
    assert.equal(stdout, `leads\nSigBlk:\t${"0".repeat(16)}\nclosed\nsmall-init\n`);
  });

  test("an init program reports why its command cannot be executed", async () => {
    const missing = await run(arch, "/nonexistent/command", ["command"]);
    assert.equal(missing.report, "missing");
    assert.equal(missing.code, 1);
    assert.equal((await run(arch, "/etc/passwd/command", ["command"])).report, "other");
  });
}
