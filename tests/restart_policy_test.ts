import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

/** A command that can be asked to end. */
const OBEDIENT = ["sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done"];

Deno.test("on-failure:N starts a failing command again, N times", async () => {
  const { tsd } = shared;
  const script = "echo >> /x; test $(wc -l < /x) -ge 9 && exit 0; exit 3";
  await using _container = await background(
    "restart-policy-retry",
    ["--restart", "on-failure:2"],
    "sh",
    "-c",
    script,
  );
  await waitUntil(
    "the end of the retries",
    async () => await state("restart-policy-retry") === "exited",
  );
  const { stdout } = await tsd.run(["inspect", "-f", "{{.RestartCount}}", "restart-policy-retry"]);
  assert.equal(stdout, "2\n");
  assert.equal(await state("restart-policy-retry", "ExitCode"), "3");
});

Deno.test("a command that ends as soon as it runs is started again no more often", async () => {
  const { tsd } = shared;
  const options = ["-d", "--restart", "on-failure:2", shared.image("alpine"), "false"];
  const started = await Promise.all(Array.from({ length: 12 }, () => tsd.run(["run", ...options])));
  const ids = started.map(({ stdout }) => stdout.trim());
  const format = "{{.State.Status}} {{.RestartCount}}";
  await waitUntil("the end of the retries", async () => {
    const { stdout } = await tsd.run(["inspect", "-f", format, ...ids]);
    return /^(exited \d+\n)+$/.test(stdout);
  });
  const { stdout } = await tsd.run(["inspect", "-f", format, ...ids]);
  assert.equal(stdout, "exited 2\n".repeat(ids.length));
  await tsd.run(["rm", ...ids]);
});

Deno.test("always starts a command again, not after stop; boot starts it after that", async () => {
  const { tsd } = shared;
  await using _container = await background(
    "restart-policy-always",
    ["--restart", "always"],
    ...OBEDIENT,
  );
  const before = await state("restart-policy-always", "Pid");
  Deno.kill(Number(before), "SIGKILL");
  await waitUntil("another pid", async () => {
    const now = await state("restart-policy-always", "Pid");
    return now !== "0" && now !== before;
  });
  await tsd.run(["stop", "restart-policy-always"]);
  assert.equal(await state("restart-policy-always"), "exited");
  assert.equal((await tsd.run(["system", "boot"])).stdout, "restart-policy-always\n");
  assert.equal(await state("restart-policy-always"), "running");
});

Deno.test("system shutdown stops everything, and system boot starts what was not stopped by hand", async () => {
  const { tsd } = shared;
  const policies = {
    "down-always": "always",
    "down-unless": "unless-stopped",
    "down-failure": "on-failure",
    "down-never": "no",
    "down-by-hand": "unless-stopped",
  };
  const names = Object.keys(policies);
  await using stack = new AsyncDisposableStack();
  for (const [name, policy] of Object.entries(policies)) {
    stack.use(await background(name, ["--restart", policy], ...OBEDIENT));
  }
  const states = () => Promise.all(names.map((name) => state(name)));
  await tsd.run(["stop", "down-by-hand"]);
  await tsd.run(["pause", "down-unless"]);
  const lines = async (verb: string) =>
    (await tsd.run(["system", verb])).stdout.split("\n").slice(0, -1).sort();
  assert.deepEqual(await lines("shutdown"), names.slice(0, 4).sort());
  assert.deepEqual(await states(), names.map(() => "exited"));
  for (const name of names) assert.equal(await state(name, "ExitCode"), "5", name);
  assert.deepEqual(await shared.tsd.processes(), []);
  assert.deepEqual(await lines("shutdown"), []);
  assert.deepEqual(await lines("boot"), ["down-always", "down-unless"]);
  assert.deepEqual(await states(), ["running", "running", "exited", "exited", "exited"]);
  // It is held as before.
  Deno.kill(Number(await state("down-always", "Pid")), "SIGKILL");
  const count = async () => await tsd.run(["inspect", "-f", "{{.RestartCount}}", "down-always"]);
  await waitUntil("the next run", async () => (await count()).stdout === "1\n");
});

Deno.test("update changes the restart policy of a running container", async () => {
  const { tsd } = shared;
  await using _container = await background("restart-policy-update", [], ...OBEDIENT);
  await tsd.run(["update", "--restart", "always", "restart-policy-update"]);
  const before = await state("restart-policy-update", "Pid");
  Deno.kill(Number(before), "SIGKILL");
  await waitUntil("another pid", async () => {
    const now = await state("restart-policy-update", "Pid");
    return now !== "0" && now !== before;
  });
  const bad = await tsd.run(["update", "--restart", "now", "restart-policy-update"], { expect: 1 });
  assert.match(bad.stderr, /invalid restart policy: unknown policy 'now'/);
  const nothing = await tsd.run(["update", "restart-policy-update"], { expect: 1 });
  assert.equal(nothing.stderr, "tsd: you must provide one or more flags when using this command\n");
});
