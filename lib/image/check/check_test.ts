import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { parseConfig } from "../../config.ts";
import type { Digest } from "../spec/digest.ts";
import { file, FixtureRegistry, FixtureStore, largeFile } from "../pull/_registry_fixture.ts";
import { FixtureMount } from "../../state/_mount_fixture.ts";
import { tagImage } from "../records/tag.ts";
import {
  checkBlobs,
  checkImages,
  checkLayers,
  checkLeftovers,
  type CheckOptions,
  type Finding,
} from "./mod.ts";

/** Checks all of a store. */
async function check(
  { store }: FixtureStore,
  repair = false,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const options: CheckOptions = {
    store,
    config: parseConfig('{"max-download-attempts": 1}', "test"),
    repair,
    report: (finding) => findings.push(finding),
    signal,
  };
  {
    using _pull = await store.beginPull();
    await checkImages(options);
    await checkBlobs(options);
    await checkLayers(options);
  }
  await checkLeftovers(options);
  return findings;
}

async function prepared(registry: FixtureRegistry): Promise<{
  fixture: FixtureStore;
  pushed: Awaited<ReturnType<FixtureRegistry["push"]>>;
}> {
  const fixture = new FixtureStore();
  const pushed = await registry.push("app:1", {
    layers: [
      [
        { name: "etc/", type: "5", mode: 0o755 },
        { name: "etc/passwd", content: "root" },
        { name: "link", type: "2", linkName: "etc/passwd" },
        { name: "large", content: "x".repeat(600_000) },
      ],
      largeFile("more", 300_000),
    ],
  });
  await fixture.pull(`${registry.host}/app:1`);
  return { fixture, pushed };
}

Deno.test("a store that is well has no findings", async () => {
  await using registry = new FixtureRegistry();
  const { fixture } = await prepared(registry);
  await using _fixture = fixture;
  assert.deepEqual(await check(fixture), []);
  assert.deepEqual(await check(fixture, true), []);
  assert.deepEqual(fixture.entries("incoming", "trash"), []);
});

Deno.test("checkBlobs() finds damaged and missing blobs, and fetches them again", async () => {
  await using registry = new FixtureRegistry();
  const { fixture, pushed } = await prepared(registry);
  await using _fixture = fixture;
  const { layout } = fixture.store;
  const layer = pushed.layers[0]!.digest;
  const bytes = await Deno.readFile(layout.blob(layer));
  bytes[bytes.length >> 1]! ^= 1;
  await Deno.writeFile(layout.blob(layer), bytes);
  await Deno.writeTextFile(layout.blob(pushed.manifest.digest), "{}");
  await Deno.remove(layout.blob(pushed.id));
  const found = await check(fixture);
  const byObject = (findings: Finding[]) =>
    Object.fromEntries(
      findings.map(({ object, problem, outcome }) => [object, `${outcome}: ${problem}`]),
    );
  const expected = byObject(found);
  assert.match(expected[`blob ${layer}`]!, /^found: damaged: its content has digest sha256:/);
  assert.match(expected[`blob ${pushed.manifest.digest}`]!, /^found: damaged/);
  assert.equal(expected[`blob ${pushed.id}`], "found: missing");
  // Without its blob the layer cannot be compared, which is no damage.
  assert.match(expected[`layer ${pushed.diffIds[0]}`]!, /^noted: not compared/);
  assert.equal(found.length, 4);
  const repaired = await check(fixture, true);
  assert.deepEqual(repaired.map(({ outcome }) => outcome), ["repaired", "repaired", "repaired"]);
  assert.deepEqual(
    repaired.map(({ remedy }) => remedy!.replace(registry.host, "HOST")).sort(),
    [
      "fetched again from HOST/app",
      "fetched again from HOST/app",
      "restored from the image's record",
    ],
  );
  assert.deepEqual(await check(fixture), []);
});

Deno.test("checkLayers() finds each kind of damage, and unpacks the layer again", async () => {
  await using registry = new FixtureRegistry();
  const { fixture, pushed } = await prepared(registry);
  await using _fixture = fixture;
  const [diffId] = pushed.diffIds as [Digest];
  const top = fixture.store.layout.layer(diffId);
  const damages: [problem: string, damage: () => Promise<unknown>][] = [
    ['"/etc/passwd" has other content', async () => {
      const { mtime } = await Deno.stat(`${top}/etc/passwd`);
      await Deno.writeTextFile(`${top}/etc/passwd`, "toor");
      await Deno.utime(`${top}/etc/passwd`, mtime!, mtime!);
    }],
    ['"/large" has another size', () => Deno.truncate(`${top}/large`, 10)],
    ['"/etc/passwd" is missing', () => Deno.remove(`${top}/etc/passwd`)],
    ['"/etc/zzz" does not belong there', () => Deno.writeTextFile(`${top}/etc/zzz`, "")],
    ['"/zzz" does not belong there', () => Deno.writeTextFile(`${top}/zzz`, "")],
    ['"/etc/passwd" has other permissions', () => Deno.chmod(`${top}/etc/passwd`, 0o4755)],
    ['"/etc/passwd" has another time', () => Deno.utime(`${top}/etc/passwd`, 5, 5)],
    ['"/link" has another target', async () => {
      await Deno.remove(`${top}/link`);
      await Deno.symlink("etc/passwx", `${top}/link`);
    }],
    [
      '"/etc/passwd" has another number of names',
      () => Deno.link(`${top}/etc/passwd`, `${top}/zzz`),
    ],
    ["its folder is missing", () => Deno.remove(top, { recursive: true })],
  ];
  if (Deno.uid() === 0) {
    damages.push(['"/etc/passwd" has another owner', () => Deno.chown(`${top}/etc/passwd`, 5, 5)]);
  }
  for (const [problem, damage] of damages) {
    await damage();
    const [finding, ...others] = await check(fixture);
    assert.deepEqual(others, [], problem);
    assert.equal(finding?.object, `layer ${diffId}`);
    assert.ok(finding.problem.endsWith(problem), `${finding.problem} instead of ${problem}`);
    assert.equal(finding.outcome, "found");
    const [repair, ...more] = await check(fixture, true);
    assert.deepEqual(more, []);
    assert.equal(repair?.outcome, "repaired", problem);
    assert.deepEqual(await check(fixture), [], problem);
  }
  assert.deepEqual(fixture.entries("incoming", "trash"), []);
});

Deno.test("checkLayers() goes on after a layer that there is no room to unpack again", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await using registry = new FixtureRegistry();
  const { fixture, pushed } = await prepared(registry);
  await using _fixture = fixture;
  const { layout } = fixture.store;
  const [first] = pushed.diffIds as [Digest];
  const incoming = dirname(layout.incomingLayer(first));
  // Room for the second layer alone.
  await using _small = new FixtureMount("tmpfs", "size=400k", incoming);
  const noted = await check(fixture);
  assert.deepEqual(noted.map(({ object, outcome }) => ({ object, outcome })), [
    { object: `layer ${first}`, outcome: "noted" },
  ]);
  assert.match(noted[0]!.problem, /^not compared: .*room for; free some with/);
  await Deno.remove(layout.layer(first), { recursive: true });
  const repaired = await check(fixture, true);
  assert.deepEqual(repaired.map(({ object, outcome }) => ({ object, outcome })), [
    { object: `layer ${first}`, outcome: "unrepaired" },
  ]);
});

Deno.test("checkLayers() leaves alone what a running container stands on", async () => {
  await using registry = new FixtureRegistry();
  const { fixture, pushed } = await prepared(registry);
  await using _fixture = fixture;
  const top = fixture.store.layout.layer(pushed.diffIds[0]!);
  await Deno.writeTextFile(`${top}/zzz`, "");
  fixture.addContainer("c".repeat(64), pushed.id, "running");
  const [finding] = await check(fixture, true);
  assert.equal(finding?.outcome, "unrepaired");
  assert.equal(finding.remedy, "container cccccccccccc runs on it, stop it first");
  assert.equal(await Deno.readTextFile(`${top}/zzz`), "");
});

Deno.test("a repair removes what cannot be had any more, and waits for a registry", async () => {
  await using registry = new FixtureRegistry();
  const { fixture, pushed } = await prepared(registry);
  await using _fixture = fixture;
  const { layout } = fixture.store;
  const { digest } = pushed.layers[0]!;
  const [diffId] = pushed.diffIds as [Digest];
  await Deno.writeTextFile(layout.blob(digest), "damaged");
  await Deno.remove(layout.layer(diffId), { recursive: true });
  registry.interference = () => new Response("down", { status: 503 });
  const waiting = await check(fixture, true);
  assert.deepEqual(waiting.map(({ outcome }) => outcome), ["unrepaired", "unrepaired"]);
  assert.equal(await Deno.readTextFile(layout.blob(digest)), "damaged");
  registry.interference = () => new Response("{}", { status: 404 });
  const [blob, layer] = await check(fixture, true);
  assert.equal(blob?.outcome, "repaired");
  assert.match(blob.remedy!, /^removed, as /);
  assert.equal(layer?.outcome, "repaired");
  assert.match(layer.remedy!, new RegExp(`^its images were removed \\(${pushed.id}\\), as `));
  assert.deepEqual(await check(fixture), []);
  assert.deepEqual(fixture.entries("layers", "blobs/sha256"), []);
});

Deno.test("checkImages() restores a record from its blob", async () => {
  await using registry = new FixtureRegistry();
  const { fixture, pushed } = await prepared(registry);
  await using _fixture = fixture;
  fixture.database.run("UPDATE images SET config = replace(config, 'step 0', 'step 9')");
  const [found] = await check(fixture);
  assert.equal(found?.object, `image ${pushed.id}`);
  const [repaired] = await check(fixture, true);
  assert.equal(repaired?.remedy, "restored from its blob");
  assert.deepEqual(await check(fixture), []);
  // Neither is left: the registry has it.
  fixture.database.run("UPDATE images SET config = replace(config, 'step 0', 'step 9')");
  await Deno.remove(fixture.store.layout.blob(pushed.id));
  const both = await check(fixture, true);
  assert.deepEqual(both.map(({ outcome }) => outcome), ["unrepaired", "repaired"]);
  assert.deepEqual((await check(fixture, true)).map(({ outcome }) => outcome), ["repaired"]);
  assert.deepEqual(await check(fixture), []);
});

Deno.test("checkLeftovers() notes what belongs to no image, and removes it", async () => {
  await using registry = new FixtureRegistry();
  const { fixture } = await prepared(registry);
  await using _fixture = fixture;
  const { store } = fixture;
  const stray = `sha256:${"a".repeat(64)}` as Digest;
  await Deno.writeTextFile(store.layout.blob(stray), "stray");
  await Deno.mkdir(store.layout.layer(stray));
  await Deno.writeTextFile(store.layout.incomingBlob(stray), "half");
  const [noted] = await check(fixture);
  assert.deepEqual(noted, {
    object: "leftovers",
    problem: "1 blobs, 1 layers, 1 unfinished downloads",
    outcome: "noted",
  });
  {
    using _pull = await store.beginPull();
    const [kept] = await check(fixture, true);
    assert.equal(kept?.outcome, "noted");
    assert.equal(kept.remedy, "an image is being pulled or made");
  }
  const [removed] = await check(fixture, true);
  assert.equal(removed?.outcome, "repaired");
  assert.deepEqual(await check(fixture), []);
});

Deno.test("a check and removals and pulls at the same time do not harm each other", async () => {
  await using registry = new FixtureRegistry();
  const { fixture } = await prepared(registry);
  await using _fixture = fixture;
  await registry.push("other:1", { layers: [file("other", "other"), largeFile("big", 400_000)] });
  const pull = async () => {
    await fixture.pull(`${registry.host}/other:1`);
    tagImage(fixture.database, `${registry.host}/other:1`, "again:1");
  };
  const results = await Promise.all([check(fixture, true), pull(), check(fixture), pull()]);
  const findings = [...results[0], ...results[2]];
  assert.deepEqual(findings.filter(({ outcome }) => outcome !== "noted"), []);
  assert.deepEqual(await check(fixture), []);
});
