import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

/** The pid of the supervisor, also where the one before it was just killed. */
async function supervisor(): Promise<number> {
  return await waitUntil("a supervisor", async () => {
    const args = ["system", "supervisor", "--format", "{{.PID}}"];
    const { stdout } = await shared.tsd.run(args);
    // A look at the containers starts another, once the one that was killed is gone.
    if (stdout === "") await shared.tsd.run(["ps"]);
    return stdout === "" ? undefined : Number(stdout);
  });
}

Deno.test("a supervisor that is killed is replaced: exit codes and restarts go on", async () => {
  const { tsd } = shared;
  await using _one = await background(
    "adoption-adopted",
    [],
    "sh",
    "-c",
    "while [ ! -e /end ]; do sleep 0.05; done; exit 9",
  );
  await using _two = await background("adoption-again", ["--restart", "always"], "sleep", "100");
  const pid = await supervisor();
  const ofOne = await state("adoption-adopted", "Pid");
  const ofTwo = await state("adoption-again", "Pid");
  Deno.kill(pid, "SIGKILL");
  // Also ends while nobody looks.
  Deno.kill(Number(ofTwo), "SIGKILL");
  assert.equal(await state("adoption-adopted", "Pid"), ofOne);
  await waitUntil("a restart by the new supervisor", async () => {
    const now = await state("adoption-again", "Pid");
    return now !== "0" && now !== ofTwo;
  });
  await Deno.writeTextFile(`/proc/${ofOne}/root/end`, "");
  assert.equal((await tsd.run(["wait", "adoption-adopted"])).stdout, "9\n");
});

Deno.test("a start whose supervisor dies before it answers is made again by the next one", async () => {
  const { tsd } = shared;
  await using _container = await background("adoption-start", [], "sleep", "100");
  for (const isFirst of [true, false]) {
    const name = isFirst ? "adoption-new" : "adoption-start";
    if (isFirst) await tsd.run(["create", "--name", name, shared.image("alpine"), "sleep", "100"]);
    else await tsd.run(["stop", "-t", "0", name]);
    const pid = await supervisor();
    Deno.kill(pid, "SIGSTOP");
    const client = tsd.spawn(["start", name]);
    await waitUntil("its request", () => hasUnread(`${tsd.runDir}/supervisor.sock`));
    Deno.kill(pid, "SIGKILL");
    assert.equal((await client.finish()).code, 0);
    assert.equal(await state(name), "running");
  }
  await tsd.run(["rm", "-f", "adoption-new"]);
});

/** Whether somebody waits to be let in at a socket (sock_dig(7), as `ss` shows it). */
async function hasUnread(path: string): Promise<boolean> {
  const text = await hostCommand("ss", ["-xlH", "src", path]);
  return Number(text.trim().split(/\s+/)[2]) > 0;
}

Deno.test("no line of a log is lost or doubled when supervisors are killed in a flood", async () => {
  const { tsd } = shared;
  const script = "n=0; while [ ! -e /end ]; do n=$((n+1)); echo line $n; done; echo end $n";
  await using container = await background("adoption-flood", [], "sh", "-c", script);
  for (let kills = 0; kills < 6; kills++) {
    Deno.kill(await supervisor(), "SIGKILL");
    assert.equal(await state("adoption-flood"), "running");
  }
  await Deno.writeTextFile(`/proc/${await state("adoption-flood", "Pid")}/root/end`, "");
  await tsd.run(["wait", "adoption-flood"]);
  const lines = (await Deno.readTextFile(container.log)).trimEnd().split("\n")
    .map((line) => (JSON.parse(line) as { log: string }).log);
  const last = Number(/^end (\d+)\n$/.exec(lines.pop()!)?.[1]);
  assert.ok(last > 1000, `${last} lines`);
  assert.equal(lines.length, last);
  lines.forEach((line, index) => assert.equal(line, `line ${index + 1}\n`));
});
