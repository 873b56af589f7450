import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ images: ["alpine", "files"] });

const ROOM = 64 << 20;
const OBEDIENT = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done";

/** The instance's root is a small disk. */
Deno.test.beforeAll(async () => {
  const { tsd } = shared;
  await Deno.mkdir(tsd.root);
  await hostCommand("mount", ["-t", "tmpfs", "-o", `size=${ROOM}`, "tmpfs", tsd.root]);
  await tsd.run(["pull", "-q", shared.image("alpine")]);
});

Deno.test.afterAll(async () => {
  await shared.tsd.run(["system", "reset", "-f"]);
  await hostCommand("umount", [shared.tsd.root]);
});

function filler(): string {
  return `${shared.tsd.root}/of-somebody-else`;
}

/** Takes all the room there is, until the block ends at the latest. */
async function fillDisk(): Promise<AsyncDisposable> {
  // Ends with "No space left on device", which is what is wanted.
  const script = `dd if=/dev/zero of=${filler()} bs=64k 2>/dev/null; dd if=/dev/zero bs=1k ` +
    `of=${filler()}.more 2>/dev/null; true`;
  await hostCommand("sh", ["-c", script]);
  const free = await hostCommand("df", ["--block-size=1", "--output=avail", shared.tsd.root]);
  assert.equal(Number(free.split("\n")[1]), 0);
  return { [Symbol.asyncDispose]: makeRoom };
}

async function makeRoom(): Promise<void> {
  await hostCommand("rm", ["-f", filler(), `${filler()}.more`]);
}

/** Starts a container that tells when it is ready. */
async function start(name: string, script: string, ...options: string[]): Promise<void> {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", name, ...options, image, "sh", "-c", script]);
  await waitUntil(`${name} to be ready`, async () => (await tsd.run(["logs", name])).stdout !== "");
}

async function state(
  name: string,
  format = "{{.State.Status}} {{.State.ExitCode}}",
): Promise<string> {
  return (await shared.tsd.run(["inspect", "-f", format, name])).stdout.trim();
}

Deno.test("with a full disk containers are stopped, killed, removed, and lists are read", async () => {
  const { tsd } = shared;
  for (const name of ["stopped", "killed", "removed"]) await start(name, OBEDIENT);
  await start("paused", OBEDIENT);
  await tsd.run(["create", "--name", "idle", shared.image("alpine")]);
  await using _full1 = await fillDisk();
  assert.match((await tsd.run(["ps"])).stdout, /removed/);
  assert.match((await tsd.run(["images"])).stdout, /alpine/);
  const { stdout } = await tsd.run(["exec", "stopped", "sh", "-c", "echo inside; exit 4"], {
    expect: 4,
  });
  assert.equal(stdout, "inside\n");
  await tsd.run(["pause", "paused"]);
  await tsd.run(["unpause", "paused"]);
  assert.equal((await tsd.run(["stop", "stopped"])).stdout, "stopped\n");
  assert.equal(await state("stopped"), "exited 5");
  assert.equal((await tsd.run(["kill", "killed"])).stdout, "killed\n");
  assert.equal(await state("killed"), "exited 137");
  assert.equal((await tsd.run(["rm", "-f", "removed", "idle"])).stdout, "removed\nidle\n");
  assert.doesNotMatch((await tsd.run(["ps", "-a"])).stdout, /removed|idle/);
  assert.match(
    (await tsd.run(["info"])).stdout + (await tsd.run(["info"])).stderr,
    /free some with: tsd system prune/,
  );
  await tsd.run(["events", "--since", "1h", "--until", "0s"]);
  await makeRoom();
  assert.equal(await state("stopped"), "exited 5");
  await tsd.run(["rm", "-f", "stopped", "killed", "paused"]);
});

Deno.test("with a full disk what would take room fails in one line, and leaves nothing", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await start("source", OBEDIENT);
  await Deno.writeFile(`${tsd.home}/large`, new Uint8Array(1 << 20));
  await using _full2 = await fillDisk();
  const cases: [args: string[], code: number][] = [
    [["run", "--rm", image, "true"], 125],
    [["create", image], 1],
    [["pull", shared.image("files")], 1],
    [["commit", "source"], 1],
    [["cp", `${tsd.home}/large`, "source:/large"], 1],
    [["volume", "create", "fails"], 1],
    [["network", "create", "fails"], 1],
  ];
  for (const [args, code] of cases) {
    const what = `tsd ${args.join(" ")}`;
    const result = await tsd.run(args, { expect: "any" });
    // A few bytes may have fitted into what is there already.
    if (result.code === 0) continue;
    assert.equal(result.code, code, `${what}: ${result.stderr}`);
    assert.match(
      result.stderr.trimEnd().split("\n").at(-1)!,
      /^tsd: .*(full|no space left)/i,
      `${what}: ${result.stderr}`,
    );
    assert.doesNotMatch(result.stderr, /\n\s+at /, what);
  }
  const { stderr } = await tsd.run(["run", "--rm", image, "true"], { expect: 125 });
  assert.match(
    stderr,
    new RegExp(`the file system of ${tsd.root} has .* free; free some with: tsd system prune`),
  );
  await makeRoom();
  await tsd.run(["rm", "-f", "source"]);
  await tsd.run(["volume", "rm", "-f", "fails"]);
  await tsd.run(["network", "rm", "-f", "fails"]);
  const left = (await tsd.run(["ps", "-aq"])).stdout;
  if (left !== "") await tsd.run(["rm", ...left.trim().split("\n")]);
  assert.match((await tsd.run(["system", "check"])).stdout, / 0 problems/);
});

Deno.test("with a full disk the end of a run is known, and its restart policy goes on", async () => {
  const { tsd } = shared;
  const gate = `${tsd.home}/gate`;
  const other = `${tsd.home}/other-gate`;
  for (const path of [gate, other]) await Deno.mkdir(path);
  const wait = "echo ready; while ! [ -e /gate/open ]; do sleep 0.05; done";
  await start("ends", `${wait}; exit 7`, "-v", `${gate}:/gate`);
  await start(
    "again",
    `${wait}; rm /gate/open; exit 3`,
    "--restart",
    "always",
    "-v",
    `${other}:/gate`,
  );
  await start("gone", `${wait}; exit 0`, "--rm", "-v", `${gate}:/gate`);
  await using _full3 = await fillDisk();
  for (const path of [gate, other]) await Deno.writeTextFile(`${path}/open`, "");
  await waitUntil("the end", async () => (await state("ends")) === "exited 7");
  assert.equal((await tsd.run(["wait", "ends"])).stdout, "7\n");
  // Whoever was killed meanwhile has kept nothing to itself.
  const { stdout: pid } = await tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
  Deno.kill(Number(pid), "SIGKILL");
  assert.equal(await state("ends"), "exited 7");
  await makeRoom();
  await waitUntil(
    "the next run",
    async () => (await state("again", "{{.State.Status}} {{.RestartCount}}")) === "running 1",
  );
  await waitUntil(
    "the removal",
    async () => !(await tsd.run(["ps", "-a"])).stdout.includes("gone"),
  );
  assert.equal(await state("ends"), "exited 7");
  await tsd.run(["rm", "-f", "ends", "again"]);
});

Deno.test("a log goes on when there is room again, and says how much is missing", async () => {
  const { tsd } = shared;
  const script =
    "i=0; while :; do i=$((i + 1)); echo line $i of many that fill a log; sleep 0.01; done";
  await start("logs", script);
  await using _full4 = await fillDisk();
  const last = async () =>
    /line (\d+) [^\n]*\n$/.exec((await tsd.run(["logs", "logs"])).stdout)?.[1];
  let before = await last();
  // Until the log has come to the end of what was there for it.
  await waitUntil("the log's end", async () => {
    const now = await last();
    const isAtRest = now === before;
    before = now;
    return isAtRest;
  }, { intervalMs: 300 });
  await makeRoom();
  await waitUntil("the log to go on", async () => (await last()) !== before);
  const { stderr, stdout } = await tsd.run(["logs", "logs"]);
  assert.match(stderr + stdout, /\d+ bytes of output are missing/);
  await tsd.run(["rm", "-f", "logs"]);
});

Deno.test("a full disk is freed by prune", async () => {
  const { tsd } = shared;
  const fill = `head -c 8000000 /dev/zero > /large`;
  await tsd.run(["run", "--name", "large", shared.image("alpine"), "sh", "-c", fill]);
  await tsd.run(["volume", "create", "unused"]);
  await tsd.run(["pull", "-q", shared.image("files")]);
  await using _full5 = await fillDisk();
  assert.match((await tsd.run(["container", "prune", "-f"])).stdout, /^Total reclaimed space: 8/m);
  await using _full6 = await fillDisk();
  await tsd.run(["volume", "prune", "-af"]);
  await tsd.run(["network", "prune", "-f"]);
  await tsd.run(["image", "prune", "-af"]);
  await tsd.run(["system", "prune", "-f"]);
  assert.doesNotMatch((await tsd.run(["images"])).stdout, /files/);
  await makeRoom();
  await tsd.run(["pull", "-q", shared.image("alpine")]);
  await tsd.run(["run", "--rm", shared.image("alpine"), "true"]);
});
