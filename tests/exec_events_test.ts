import assert from "node:assert/strict";
import { keepsExitStatus } from "../lib/kernel_version.ts";
import { backgroundContainers } from "./harness/background.ts";
import { isInsured, isWatched } from "./harness/insured_exec.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { background } = backgroundContainers(shared);

interface SeenEvent {
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}

/** What has happened to a container up to now. */
async function events(container: string): Promise<SeenEvent[]> {
  const { stdout } = await shared.tsd.run([
    ...["events", "--since", "1h", "--until", "0s", "--format", "json"],
    ...["--filter", `container=${container}`],
  ]);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as SeenEvent);
}

async function actions(container: string): Promise<string[]> {
  return (await events(container)).map(({ Action }) => Action);
}

async function execIds(name: string): Promise<string[]> {
  const { stdout } = await shared.tsd.run(["inspect", "-f", "{{json .ExecIDs}}", name]);
  return JSON.parse(stdout) as string[] ?? [];
}

/** Whether an end is that of a command that is left alone, which an older kernel tells nobody. */
function isEndWith({ Action, Actor }: SeenEvent, exitCode: number): boolean {
  const codes = [`${exitCode}`, ...keepsExitStatus() ? [] : ["255"]];
  return Action === "exec_die" && codes.includes(Actor.Attributes.exitCode!);
}

Deno.test("an attached run tells attach and start, and how long it took", async () => {
  const { tsd } = shared;
  await tsd.run(["run", "--name", "events-run", shared.image("alpine"), "sh", "-c", "exit 4"], {
    expect: 4,
  });
  const seen = await events("events-run");
  assert.deepEqual(seen.map(({ Action }) => Action), ["create", "attach", "start", "die"]);
  const { execDuration, exitCode } = seen.at(-1)!.Actor.Attributes;
  assert.deepEqual({ execDuration, exitCode }, { execDuration: "0", exitCode: "4" });
  await tsd.run(["rm", "events-run"]);
  assert.equal((await actions("events-run")).at(-1), "destroy");
});

Deno.test("exec tells its start and end, and shows in ExecIDs meanwhile", async () => {
  const { tsd } = shared;
  await using container = await background("events-exec", [], "sleep", "100");
  const args = ["exec", "-i", "events-exec", "sh", "-c", "echo ready; read -r code; exit $code"];
  const client = tsd.spawn(args);
  await client.waitFor(/ready/);
  const [id, ...others] = await execIds("events-exec");
  assert.match(id!, /^[0-9a-f]{64}$/);
  assert.deepEqual(others, []);
  client.write("3\n");
  assert.equal((await client.finish()).code, 3);
  assert.deepEqual(await execIds("events-exec"), []);

  const [create, start, die] = (await events("events-exec")).slice(2);
  const text = "sh -c echo ready; read -r code; exit $code";
  const common = { execID: id, image: shared.image("alpine"), name: "events-exec" };
  assert.equal(create!.Action, `exec_create: ${text}`);
  assert.equal(start!.Action, `exec_start: ${text}`);
  assert.deepEqual(start!.Actor, { ID: container.id, Attributes: common });
  assert.equal(die!.Action, "exec_die");
  assert.deepEqual(die!.Actor.Attributes, { ...common, exitCode: "3" });
  const { stdout } = await tsd.run([
    ...["events", "--since", "1h", "--until", "0s", "--format", "{{.Action}}"],
    ...["--filter", "event=exec_start", "--filter", "container=events-exec"],
  ]);
  assert.equal(stdout, `exec_start: ${text}\n`);
});

Deno.test("exec -d tells the command's end although nobody waits for it", async () => {
  const { tsd } = shared;
  await using _container = await background("events-detached", [], "sleep", "100");
  const script = "while [ ! -e /end ]; do sleep 0.05; done; exit 9";
  await tsd.run(["exec", "-d", "events-detached", "sh", "-c", script]);
  assert.equal((await execIds("events-detached")).length, 1);
  assert.ok(!(await actions("events-detached")).includes("exec_die"));
  await tsd.run(["exec", "events-detached", "touch", "/end"]);
  const ends = async (exitCode: number) =>
    (await events("events-detached")).filter((event) => isEndWith(event, exitCode));
  await waitUntil("the end of the command", async () => (await ends(9)).length === 1);
  assert.deepEqual(await execIds("events-detached"), []);
  // One that has ended before anybody looks is told of all the same.
  const told = (await ends(8)).length;
  await tsd.run(["exec", "-d", "events-detached", "sh", "-c", "exit 8"]);
  await waitUntil("the end of the short command", async () => (await ends(8)).length > told);
});

Deno.test("the end of a command is told once, whether or not its exec was killed before", async () => {
  const { tsd } = shared;
  await using _container = await background("events-killed", [], "sleep", "100");
  for (const isKilled of [true, false]) {
    const script = "echo ready; until test -e /end; do sleep 0.05; done; exec >&- 2>&-; exit 5";
    const client = tsd.spawn(["exec", "events-killed", "sh", "-c", script]);
    await client.waitFor(/ready/);
    const [id] = await execIds("events-killed");
    await isInsured(tsd, client.child.pid);
    if (isKilled) {
      client.kill("SIGKILL");
      await client.child.status;
      assert.deepEqual(await execIds("events-killed"), [id]);
    }
    await tsd.run(["exec", "events-killed", "touch", "/end"]);
    assert.equal((await client.finish()).code, isKilled ? 137 : 5);
    const ends = async () =>
      (await events("events-killed")).filter(({ Action, Actor }) =>
        Action === "exec_die" && Actor.Attributes.execID === id
      );
    await waitUntil("its end", async () => (await ends()).length > 0);
    await waitUntil("nobody to watch it", async () => !await isWatched(tsd, client.child.pid));
    const codes = (await ends()).map(({ Actor }) => Actor.Attributes.exitCode);
    // An older kernel tells nobody once it was waited for by whoever has inherited it.
    const mayBeLost = isKilled && !keepsExitStatus() && codes[0] === "255";
    assert.deepEqual(codes, [mayBeLost ? "255" : "5"]);
    assert.deepEqual(await execIds("events-killed"), []);
    await tsd.run(["exec", "events-killed", "rm", "/end"]);
  }
  const links = await Array.fromAsync(Deno.readDir(`${tsd.runDir}/execs`));
  assert.deepEqual(links, []);
});

Deno.test("detaching and resizing are told", async () => {
  const { tsd } = shared;
  await using terminal = await Terminal.open(tsd);
  await terminal.type(`tsd run -it --name events-detach ${shared.image("alpine")} sh`);
  await terminal.waitFor(/\/ # $/);
  await terminal.resize({ columns: 111, rows: 33 });
  await waitUntil("the new size", async () => {
    const sizes = (await events("events-detach")).filter(({ Action }) => Action === "resize");
    return sizes.some(({ Actor: { Attributes } }) =>
      Attributes.width === "111" && Attributes.height === "33"
    );
  });
  await terminal.press("C-p");
  await terminal.press("C-q");
  await terminal.waitFor(/host\$ $/);
  await waitUntil("the end of the attachment", async () => {
    return (await actions("events-detach")).at(-1) === "detach";
  });

  await terminal.type("clear; tsd exec -it events-detach sh");
  await terminal.waitFor(/\/ # $/);
  await terminal.press("C-p");
  await terminal.press("C-q");
  await terminal.waitFor(/host\$ $/);
  const after = await actions("events-detach");
  assert.deepEqual(after.slice(-3), ["exec_create: sh ", "exec_start: sh ", "exec_detach"]);
  await tsd.run(["rm", "-f", "events-detach"]);
  assert.ok((await actions("events-detach")).includes("exec_die"));
});
