import assert from "node:assert/strict";
import { Terminal } from "./terminal.ts";
import { Tsd } from "./tsd.ts";

/** Runs a test with a shell script in the program's place. */
async function withProgram(script: string, body: (tsd: Tsd) => Promise<void>): Promise<void> {
  const program = await Deno.makeTempFile();
  const was = Deno.env.get("TSD_TEST_PROGRAM");
  await Deno.writeTextFile(program, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(program, 0o755);
  Deno.env.set("TSD_TEST_PROGRAM", program);
  try {
    await using tsd = await Tsd.create();
    await body(tsd);
  } finally {
    if (was === undefined) Deno.env.delete("TSD_TEST_PROGRAM");
    else Deno.env.set("TSD_TEST_PROGRAM", was);
    await Deno.remove(program);
  }
}

Deno.test("Tsd.run() passes stdin and arguments and checks the exit code", async () => {
  await withProgram('cat; echo "$@" >&2; exit 3', async (tsd) => {
    const result = await tsd.run(["a", "b c"], { stdin: "text", expect: 3 });
    assert.deepEqual([result.stdout, result.stderr], ["text", "a b c\n"]);
    await assert.rejects(tsd.run(["x"]), /exit code 3 instead of 0[^]*--- stderr\nx\n/);
    await tsd.checkClean();
  });
});

Deno.test("Tsd.run() reports a process that keeps the output open", async () => {
  await withProgram("sleep 60 &", async (tsd) => {
    await assert.rejects(tsd.run([]), /another process keeps its stdout or stderr open/);
  });
});

Deno.test("Tsd.checkClean() reports a process left behind", async () => {
  await withProgram("sleep 60 >/dev/null 2>&1 &", async (tsd) => {
    await tsd.run([]);
    assert.equal((await tsd.processes()).length, 1);
    await assert.rejects(tsd.checkClean(500), /as there is left:\n {2}process \d+ sleep 60/);
  });
});

Deno.test("Terminal types and reads", async () => {
  await withProgram('echo "got $1"; stty size', async (tsd) => {
    await using terminal = await Terminal.open(tsd, { columns: 70, rows: 20 });
    await terminal.type("tsd argument");
    await terminal.waitFor(/got argument\n20 70\nhost\$ $/);
    await terminal.resize({ columns: 60, rows: 10 });
    await terminal.type("clear; tsd again");
    await terminal.waitFor(/got again\n10 60\nhost\$ $/);
  });
});
