import assert from "node:assert/strict";
import { sweep } from "../store/mod.ts";
import { file, FixtureRegistry, FixtureStore, largeFile } from "./_registry_fixture.ts";

const MODULE = new URL("./_registry_fixture.ts", import.meta.url).href;

// Pulls into the folder argv[0] what argv[1] names; says each step on stdout and, where that is the
// step argv[2] of its kind, waits there to be killed.
const PULLER = `
  import { Database } from ${JSON.stringify(new URL("../../state/mod.ts", MODULE).href)};
  import { parseConfig } from ${JSON.stringify(new URL("../../config.ts", MODULE).href)};
  import { parseReference } from ${JSON.stringify(new URL("../spec/reference.ts", MODULE).href)};
  import { ImageStore } from ${JSON.stringify(new URL("../store/mod.ts", MODULE).href)};
  import { pullImage } from ${JSON.stringify(new URL("./mod.ts", MODULE).href)};
  const [root, name, step] = Deno.args;
  const store = new ImageStore(Database.open(root), root);
  if (step === "commit") hang(store.layers, "commit");
  if (step === "record") hang(store.blobs, "put");
  function hang(object, method) {
    const original = object[method].bind(object);
    object[method] = (...args) => {
      // Half of the transaction is done.
      const result = original(...args);
      stop();
      return result;
    };
  }
  function stop() {
    Deno.stdout.writeSync(new TextEncoder().encode("here\\n"));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  await pullImage({
    store,
    config: parseConfig("{}", "test"),
    reference: parseReference(name),
    onProgress: (progress) => {
      const at = progress.kind === "layer" ? progress.state : progress.kind;
      if (at === step) stop();
    },
  });
`;

function spawnPuller(script: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-config", script, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

const STEPS = ["resolved", "downloading", "verifying", "extracting", "commit", "done", "record"];

Deno.test("pullImage() completes what a killed process began, wherever it was", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const script = `${fixture.root}/puller.ts`;
  await Deno.writeTextFile(script, PULLER);
  for (const step of STEPS) {
    const layers = [file("small", step), largeFile("large", 700_000), file("last", step)];
    const pushed = await registry.push("app:1", { layers });
    const name = `${registry.host}/app:1`;
    const child = spawnPuller(script, fixture.root, name, step);
    const said = child.stdout.getReader();
    assert.equal((await said.read()).done, false, step);
    child.kill("SIGKILL");
    await child.status;
    await said.cancel();
    await fixture.pull(name);
    const [small, large, last] = pushed.diffIds.map((diffId) => fixture.store.layout.layer(diffId));
    assert.equal(await Deno.readTextFile(`${small}/small`), step);
    assert.equal((await Deno.stat(`${large}/large`)).size, 700_000);
    assert.equal(await Deno.readTextFile(`${last}/last`), step);
    assert.deepEqual(fixture.entries("incoming"), [], step);
    assert.equal(fixture.entries("layers").length, 3 * (STEPS.indexOf(step) + 1), step);
  }
});

Deno.test("sweep() removes what a killed process left, and nothing else", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const script = `${fixture.root}/puller.ts`;
  await Deno.writeTextFile(script, PULLER);
  await registry.push("kept:1", { layers: [file("a", "kept")] });
  await fixture.pull(`${registry.host}/kept:1`);
  const kept = fixture.content();
  for (const step of STEPS) {
    await registry.push("app:1", { layers: [file("small", step), largeFile("large", 700_000)] });
    const child = spawnPuller(script, fixture.root, `${registry.host}/app:1`, step);
    const said = child.stdout.getReader();
    await said.read();
    const during = fixture.content();
    assert.equal(await sweep(fixture.store), 0, "a pull is going on");
    assert.deepEqual(fixture.content(), during, step);
    child.kill("SIGKILL");
    await child.status;
    await said.cancel();
    await sweep(fixture.store);
    assert.deepEqual(fixture.content(), kept, step);
  }
});

Deno.test("pullImage() of several processes at once fetches each layer once", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const script = `${fixture.root}/puller.ts`;
  await Deno.writeTextFile(script, PULLER);
  const layers = Array.from({ length: 6 }, (_, index) => largeFile(`file${index}`, 300_000));
  const pushed = await registry.push("app:1", { layers });
  const pulls = [1, 2, 3].map(() => spawnPuller(script, fixture.root, `${registry.host}/app:1`));
  for (const { success } of await Promise.all(pulls.map((child) => child.output()))) {
    assert(success);
  }
  for (const { digest } of pushed.layers) {
    assert.equal(registry.blobRequests.filter((path) => path.endsWith(digest)).length, 1);
  }
  assert.equal(fixture.entries("layers").length, 6);
  assert.deepEqual(fixture.entries("incoming", "trash"), []);
});
