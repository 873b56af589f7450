import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { PortStore } from "../../network/mod.ts";
import { networkNames } from "./connections.ts";
import { containerCondition, type ContainerFilters, PRUNE_FILTERS } from "./filters.ts";

/** Four containers, of which `d` is the newest. */
function fourContainers(): FakeInstance {
  const instance = new FakeInstance();
  const bind = { source: "/srv/www", target: "/www", readonly: true };
  instance.add("created", { name: "aa" }, { labels: { stage: "test", empty: "" } });
  instance.add("running", { name: "bb" }, { exposedPorts: ["80/tcp"] });
  instance.add("stopped", { name: "cc", exitCode: 3 }, {
    labels: { stage: "live" },
    binds: [bind],
  });
  instance.add("paused", { name: "web-dd" }, { network: "host" });
  const rows = [..."1234"].map((time, index) => [time, ["aa", "bb", "cc", "web-dd"][index]!]);
  for (const [time, name] of rows) {
    instance.database.run("UPDATE containers SET created_at = ? WHERE name = ?", time!, name!);
  }
  instance.database.run("UPDATE containers SET image_name = 'app' WHERE name = 'cc'");
  const { id } = instance.store.find("bb");
  new PortStore(instance.database).insert({
    containerId: id,
    containerAddress: "10.1.0.2",
    containerPort: 80,
    protocol: "tcp",
    hostAddress: "0.0.0.0",
    hostPort: 8080,
  });
  instance.store.setHealth(id, { status: "unhealthy", failingStreak: 3, log: [] });
  return instance;
}

function namesOf(instance: FakeInstance, filters: ContainerFilters, allowed?: string[]): string {
  const sources = {
    store: instance.store,
    findImage: () => undefined,
    networksOf: networkNames(instance.database),
  };
  const condition = containerCondition(filters, sources, allowed);
  return instance.store.list().filter(condition).map(({ name }) => name).reverse().join(" ");
}

Deno.test("containerCondition() chooses by each filter", () => {
  using instance = fourContainers();
  const { id } = instance.store.find("bb");
  const cases: [ContainerFilters, string][] = [
    [{}, "aa bb cc web-dd"],
    [{ id: [id.slice(0, 12)] }, "bb"],
    [{ id: [id.slice(1, 30)] }, ""],
    [{ name: ["d"] }, "web-dd"],
    [{ name: ["^/bb$"] }, "bb"],
    [{ name: ["^a", "^c"] }, "aa cc"],
    [{ label: ["stage"] }, "aa cc"],
    [{ label: ["stage=test"] }, "aa"],
    [{ label: ["stage", "empty="] }, "aa"],
    [{ status: ["exited"] }, "cc"],
    [{ status: ["running", "paused"] }, "bb web-dd"],
    [{ status: ["dead"] }, ""],
    [{ exited: ["3"] }, "cc"],
    [{ exited: ["0"] }, ""],
    [{ ancestor: ["app"] }, "cc"],
    [{ volume: ["/www"] }, "cc"],
    [{ volume: ["/srv/www"] }, "cc"],
    [{ network: ["host"] }, "web-dd"],
    [{ health: ["none"] }, "aa cc web-dd"],
    [{ health: ["healthy"] }, ""],
    [{ health: ["unhealthy", "starting"] }, "bb"],
    [{ before: ["cc"] }, "aa bb"],
    [{ since: ["bb"] }, "cc web-dd"],
    [{ since: ["aa"], before: ["web-dd"] }, "bb cc"],
    [{ publish: ["8080"] }, "bb"],
    [{ publish: ["8000-8100/tcp"] }, "bb"],
    [{ publish: ["8080/udp", "80"] }, ""],
    [{ expose: ["80"] }, "bb"],
    [{ expose: ["81-90"] }, ""],
    [{ status: ["running"], name: ["a"] }, ""],
  ];
  for (const [filters, expected] of cases) {
    assert.equal(namesOf(instance, filters), expected, JSON.stringify(filters));
  }
});

Deno.test("containerCondition() chooses what is pruned", () => {
  using instance = fourContainers();
  const cases: [ContainerFilters, string][] = [
    [{ "label!": ["stage"] }, "bb web-dd"],
    [{ "label!": ["stage=live", "empty"] }, "bb web-dd"],
    [{ until: ["3"] }, "aa bb"],
  ];
  for (const [filters, expected] of cases) {
    assert.equal(namesOf(instance, filters, [...PRUNE_FILTERS]), expected);
  }
});

Deno.test("containerCondition() finds the containers of an image by its id", () => {
  using instance = fourContainers();
  instance.database.run("PRAGMA foreign_keys = OFF");
  instance.database.run("UPDATE containers SET image_id = 'sha256:1' WHERE name = 'aa'");
  const condition = containerCondition({ ancestor: ["other/name"] }, {
    store: instance.store,
    findImage: (name) => name === "other/name" ? "sha256:1" : undefined,
    networksOf: networkNames(instance.database),
  });
  assert.deepEqual(instance.store.list().filter(condition).map(({ name }) => name), ["aa"]);
});

Deno.test("containerCondition() refuses wrong conditions", () => {
  using instance = fourContainers();
  const cases: [ContainerFilters, RegExp][] = [
    [{ foo: ["1"] }, /^invalid filter 'foo': it must be one of id, name, label, status/],
    [{ until: ["1"] }, /^invalid filter 'until'/],
    [{ "label!": ["1"] }, /^invalid filter 'label!'/],
    [{ status: ["up"] }, /^invalid filter 'status=up': it must be one of created, restarting/],
    [{ exited: ["x"] }, /^invalid filter 'exited=x': it must be a whole number$/],
    [{ health: ["ill"] }, /^invalid filter 'health=ill': it must be one of starting/],
    [{ name: ["("] }, /^invalid filter 'name=\(': it is no regular expression$/],
    [{ publish: ["http"] }, /^invalid port "http"/],
    [{ publish: ["90-80"] }, /^invalid port "90-80"/],
    [{ before: ["nobody"] }, /^No such container: nobody$/],
  ];
  for (const [filters, message] of cases) {
    assert.throws(() => namesOf(instance, filters), { name: "EngineError", message });
  }
});
