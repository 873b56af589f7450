import assert from "node:assert/strict";
import { PACE } from "./harness/pace.ts";
import { randomNumbers } from "./harness/random.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"], images: ["layers40"] });

/** Repeat a run of the random choices with `TSD_TEST_SEED`. */
const SEED = Number(Deno.env.get("TSD_TEST_SEED") ?? Date.now() % 1_000_000);

/** Kills of each kind; more for a soak. */
const ROUNDS = Number(Deno.env.get("TSD_TEST_ROUNDS") ?? 12);

/** At the usual pace. */
async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms * PACE));
}

/** Kills with SIGKILL and returns whether it was still there. */
function killNow(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Asserts that after some time no container is left, running or not. */
async function assertNoContainers(what: string): Promise<void> {
  let left = "";
  await waitUntil(
    () => `an end of all containers (${what}, seed ${SEED}); left:\n${left}`,
    async () => {
      left = (await shared.tsd.run(["ps", "-a"])).stdout;
      return left.trimEnd().split("\n").length === 1;
    },
    { intervalMs: 100 },
  );
}

/** Which processes of the instance a round kills. */
type Victim = "client" | "supervisor" | "command";

/**
 * Starts a container that lives half a second, kills the victim after some time, and returns how the
 * client ended and how many processes were killed.
 */
async function round(
  victim: Victim,
  delayMs: number,
): Promise<{ code: number; stderr: string; kills: number }> {
  const { tsd } = shared;
  const args = [
    "run",
    "--rm",
    "-i",
    shared.image("alpine"),
    "sh",
    "-c",
    `sleep ${0.5 * PACE}; echo end`,
  ];
  const running = tsd.spawn(args);
  await delay(delayMs);
  let kills = 0;
  if (victim === "client") kills = killNow(running.child.pid) ? 1 : 0;
  else {
    const contained = victim === "command";
    for (const one of await tsd.processes(contained)) {
      if (one.pid !== running.child.pid && killNow(one.pid)) kills++;
    }
  }
  running.closeStdin();
  const { code, stderr } = await running.finish();
  return { code, stderr, kills };
}

for (const victim of ["client", "supervisor", "command"] as const) {
  Deno.test(`kill -9 of the ${victim} at random moments leaves nothing`, async () => {
    const random = randomNumbers(SEED);
    const rounds = [];
    for (let n = 0; n < ROUNDS; n++) rounds.push(await round(victim, random() * 500));
    await assertNoContainers(`kill of the ${victim}`);
    assert.ok(rounds.some(({ kills }) => kills > 0), "no round found anything to kill");
    if (victim !== "supervisor") {
      // 0: it had ended already; 125: init was killed before it became the command.
      const allowed = victim === "client" ? [0, 137] : [0, 125, 137];
      const strange = rounds.filter(({ code }) => !allowed.includes(code));
      assert.deepEqual(strange, [], `seed ${SEED}`);
      assert.ok(rounds.some(({ code }) => code === 137), `seed ${SEED}`);
    }
    await shared.tsd.checkClean();
    const again = await shared.tsd.run(["run", "--rm", shared.image("alpine"), "echo", "works"]);
    assert.equal(again.stdout, "works\n");
  });
}

Deno.test("the exit code and the end of the output survive a kill of the supervisor", async () => {
  const { tsd } = shared;
  const script =
    "echo up; i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo line $i; sleep 0.005; done; exit 7";
  const args = ["run", "--name", "kept", shared.image("alpine"), "sh", "-c", script];
  const running = tsd.spawn(args);
  await running.waitFor(/up/);
  for (const one of await tsd.processes(false)) {
    if (one.pid !== running.child.pid) killNow(one.pid);
  }
  await waitUntil("the recorded end", async () => {
    const { stdout } = await tsd.run([
      "inspect",
      "-f",
      "{{.State.Status}} {{.State.ExitCode}}",
      "kept",
    ]);
    return stdout === "exited 7\n";
  }, { intervalMs: 100 });
  const { code, stdout } = await running.finish();
  assert.equal(code, 7);
  assert.ok(stdout.endsWith("line 200\n"), stdout.slice(-100));
  await tsd.run(["rm", "kept"]);
});

Deno.test("kill -9 of several at once, with runs beside it", async () => {
  const { tsd } = shared;
  const random = randomNumbers(SEED + 1);
  for (let n = 0; n < Math.ceil(ROUNDS / 4); n++) {
    const runs = Array.from({ length: 4 }, () => {
      return tsd.spawn(["run", "--rm", shared.image("alpine"), "sleep", `${0.3 * PACE}`]);
    });
    await delay(random() * 400);
    for (const { pid } of await tsd.processes()) if (random() < 0.5) killNow(pid);
    for (const running of runs) {
      running.closeStdin();
      await running.finish();
    }
  }
  await assertNoContainers("kill of several");
  await tsd.checkClean();
});

Deno.test("kill -9 of pull at random moments leaves a store that the next pull completes", async () => {
  const { tsd } = shared;
  const random = randomNumbers(SEED + 2);
  const image = shared.image("layers40");
  for (let n = 0; n < ROUNDS; n++) {
    const running = tsd.spawn(["pull", "-q", image]);
    await delay(random() * 600);
    running.kill("SIGKILL");
    running.closeStdin();
    await running.finish();
    if (n % 4 !== 3) continue;
    await tsd.run(["pull", "-q", image]);
    const script = "cat /counter; ls /files | wc -l";
    const { stdout } = await tsd.run(["run", "--rm", image, "sh", "-c", script]);
    assert.equal(stdout, "39\n38\n", `seed ${SEED}`);
    await tsd.run(["rmi", image]);
  }
  // What killed pulls left behind goes with the next prune.
  await tsd.run(["image", "prune", "-af"]);
  for (const dir of ["layers", "blobs/sha256"]) {
    const left = await Array.fromAsync(Deno.readDir(`${tsd.root}/${dir}`));
    assert.deepEqual(left.map(({ name }) => name), [], `${dir}, seed ${SEED}`);
  }
});
