import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { identifyProcess } from "../../process/identity.ts";
import { readEvents } from "../../state/mod.ts";
import { pruneContainers } from "./prune.ts";

/** The supervisor lives, so that nobody looks after the containers that run. */
async function superviseBySelf({ roots }: FakeInstance): Promise<void> {
  await Deno.mkdir(roots.run, { recursive: true });
  await Deno.writeTextFile(
    `${roots.run}/supervisor.lock`,
    JSON.stringify(identifyProcess(Deno.pid)),
  );
}

Deno.test("pruneContainers() removes what does not run and says how much that was", async () => {
  using instance = new FakeInstance();
  await superviseBySelf(instance);
  const process = identifyProcess(Deno.pid)!;
  const created = instance.add("created", { name: "aa" });
  const stopped = instance.add("stopped", { name: "bb" });
  const running = instance.add("running", { name: "cc", process });
  const paused = instance.add("paused", { name: "dd", process });
  const upper = `${instance.roots.root}/containers/${stopped.id}/upper`;
  await Deno.mkdir(upper);
  await Deno.writeTextFile(`${upper}/file`, "12345");
  const { removed, reclaimed } = await pruneContainers(instance);
  assert.deepEqual(removed, [stopped.id, created.id]);
  assert.equal(reclaimed, 5);
  assert.deepEqual(instance.store.list().map(({ id }) => id), [paused.id, running.id]);
  assert.deepEqual(instance.folders(stopped.id), []);
  const last = readEvents(instance.database, 0).at(-1)!;
  assert.deepEqual([last.type, last.action, last.attributes], ["container", "prune", {
    reclaimed: "5",
  }]);
});

Deno.test("pruneContainers() removes what its conditions choose only", async () => {
  using instance = new FakeInstance();
  await superviseBySelf(instance);
  instance.add("stopped", { name: "aa" }, { labels: { stage: "test" } });
  const kept = instance.add("stopped", { name: "bb" });
  await pruneContainers(instance, { filters: { label: ["stage"] } });
  assert.deepEqual(instance.store.list().map(({ id }) => id), [kept.id]);
  await pruneContainers(instance, { filters: { until: [`${kept.createdAt}`] } });
  assert.deepEqual(instance.store.list().map(({ id }) => id), [kept.id]);
  await pruneContainers(instance, { filters: { until: [`${kept.createdAt + 1}`] } });
  assert.deepEqual(instance.store.list(), []);
});

Deno.test("pruneContainers() removes nothing where a condition is wrong", async () => {
  using instance = new FakeInstance();
  await superviseBySelf(instance);
  instance.add("stopped");
  await assert.rejects(pruneContainers(instance, { filters: { status: ["exited"] } }), {
    name: "EngineError",
    message: "invalid filter 'status': it must be one of label, label!, until",
  });
  assert.equal(instance.store.list().length, 1);
});
