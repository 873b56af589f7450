import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

Deno.test("health checks make a container unhealthy and healthy, and tell", async () => {
  const { tsd } = shared;
  const args = ["--health-cmd", "echo seen; test -e /well", "--health-interval", "200ms"];
  await using _container = await background(
    "health-health",
    [...args, "--health-retries", "2"],
    "sleep",
    "100",
  );
  assert.equal(await state("health-health", "Health.Status"), "starting");
  const becomes = (status: string) =>
    waitUntil(status, async () => await state("health-health", "Health.Status") === status);
  await becomes("unhealthy");
  const { stdout } = await tsd.run(["ps", "--format", "{{.Names}} {{.Health}}"]);
  assert.match(stdout, /^health-health unhealthy$/m);
  await tsd.run(["exec", "health-health", "touch", "/well"]);
  await becomes("healthy");
  const json = await tsd.run(["inspect", "-f", "{{json .State.Health.Log}}", "health-health"]);
  const log = JSON.parse(json.stdout) as { ExitCode: number; Output: string }[];
  assert.ok(log.length <= 5);
  assert.deepEqual({ ExitCode: log.at(-1)!.ExitCode, Output: log.at(-1)!.Output }, {
    ExitCode: 0,
    Output: "seen\n",
  });
});

Deno.test("a health check that takes too long is ended, whatever it ignores or leaves behind", async () => {
  const checks = ["trap '' TERM; while :; do sleep 0.1; done", "sleep 777 & echo done"];
  for (const check of checks) {
    const args = ["--health-cmd", check, "--health-interval", "100ms"];
    await using _container = await background(
      "health-late",
      [...args, "--health-timeout", "500ms", "--health-retries", "1"],
      ...["sleep", "100"],
    );
    await waitUntil(`"${check}" to fail`, async () => {
      return await state("health-late", "Health.Status") === "unhealthy";
    });
    const log = await shared.tsd.run([
      ...["inspect", "-f", "{{json (index .State.Health.Log 0)}}", "health-late"],
    ]);
    const { ExitCode, Output } = JSON.parse(log.stdout) as { ExitCode: number; Output: string };
    assert.deepEqual([ExitCode, Output], [-1, "Health check exceeded timeout (0.5s)"]);
    const { stdout } = await shared.tsd.run(["top", "health-late", "-eo", "pid,args"]);
    assert.ok((stdout.match(/trap/g) ?? []).length <= 1, stdout);
  }
});
