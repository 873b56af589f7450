import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import { FakeInstance, plainSettings } from "../_instance_fixture.ts";
import { generateContainerId } from "./name.ts";
import { identifyProcess } from "../../process/identity.ts";
import type * as State from "../../state/mod.ts";

const ID = "0123456789abcdef".repeat(4);
const OTHER_ID = `0123${"f".repeat(60)}`;

Deno.test("ContainerStore.insert() remembers everything, and get() reads it", () => {
  using instance = new FakeInstance();
  const { store } = instance;
  const process = identifyProcess(Deno.pid)!;
  const settings = plainSettings({ env: ["A=ü"], labels: { a: "b" } });
  const before = Date.now();
  const record = store.insert({ id: ID, name: "web", imageName: "alpine:3", settings, process });
  assert(record.createdAt >= before && record.createdAt <= Date.now());
  assert.deepEqual(record, {
    id: ID,
    name: "web",
    imageId: undefined,
    imageName: "alpine:3",
    createdAt: record.createdAt,
    settings,
    status: "creating",
    process,
    exitCode: 0,
    oomKilled: false,
    error: "",
    startedAt: undefined,
    finishedAt: undefined,
    restartCount: 0,
    stoppedByHand: false,
    health: undefined,
    ports: [],
  });
  assert.deepEqual(store.get(ID), record);
  assert.equal(store.get(OTHER_ID), undefined);
});

Deno.test("ContainerStore.insert() refuses a name in use, in Docker's words", () => {
  using instance = new FakeInstance();
  const { store } = instance;
  const container = { imageName: "x", settings: plainSettings(), name: "web" };
  store.insert({ ...container, id: ID });
  assert.throws(() => store.insert({ ...container, id: OTHER_ID }), {
    name: "EngineError",
    kind: "conflict",
    message: 'Cannot create container "web": Conflict. The container name "/web" is already in ' +
      `use by container "${ID}". You have to remove (or rename) that container to be able to ` +
      "reuse that name.",
  });
  store.delete(ID);
  assert.equal(store.insert({ ...container, id: OTHER_ID }).name, "web");
});

Deno.test("ContainerStore.insert() makes a name up where none is given", () => {
  using instance = new FakeInstance();
  const names = Array.from({ length: 50 }, () => instance.add("creating").name);
  assert.equal(new Set(names).size, 50);
});

Deno.test("ContainerStore.insert() of several processes at once lets one have a name", async () => {
  using instance = new FakeInstance();
  const module = new URL("../../state/mod.ts", import.meta.url).href;
  const storeUrl = new URL("./store.ts", import.meta.url).href;
  const settings = plainSettings();
  const winners = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        runAlone(async ({ Database }: typeof State, root, url, settings) => {
          const { ContainerStore }: typeof import("./store.ts") = await import(url);
          using database = Database.open(root);
          const store = new ContainerStore(database);
          let won = 0;
          for (let round = 0; round < 25; round++) {
            try {
              const id = crypto.randomUUID().replaceAll("-", "").repeat(2);
              store.insert({ id, name: `name-${round}`, imageName: "x", settings });
              won++;
            } catch (error) {
              if ((error as { kind?: string }).kind !== "conflict") {
                throw error;
              }
            }
          }
          return won;
        }, { module, args: [instance.roots.root, storeUrl, settings] as const }),
    ),
  );
  assert.equal(winners.reduce((sum, won) => sum + won), 25);
  assert.equal(instance.store.list().length, 25);
});

Deno.test("ContainerStore.find() takes a name, an id, or the beginning of one", () => {
  using instance = new FakeInstance();
  const { store } = instance;
  const container = { imageName: "x", settings: plainSettings() };
  store.insert({ ...container, id: ID, name: "web" });
  store.insert({ ...container, id: OTHER_ID, name: "01234" });
  const cases: [text: string, id: string][] = [
    ["web", ID],
    ["/web", ID],
    [ID, ID],
    [ID.slice(0, 12), ID],
    ["012345", ID],
    ["0123f", OTHER_ID],
    // A name goes before the beginning of an id.
    ["01234", OTHER_ID],
  ];
  for (const [text, id] of cases) assert.equal(store.find(text).id, id, text);
  for (const text of ["", "we", "WEB", "0123456789abcdeg", "*", "[0-9]*", "0123%", "f"]) {
    assert.throws(() => store.find(text), {
      kind: "notFound",
      message: `No such container: ${text}`,
    });
  }
  assert.throws(() => store.find("012"), (error: Error & { kind?: string }) => {
    assert.equal(error.kind, "conflict");
    assert.match(
      error.message,
      /^Cannot find container "012": multiple IDs found with that prefix: [0-9a-f]{12}, [0-9a-f]{12}$/,
    );
    return true;
  });
});

Deno.test("ContainerStore.list() gives the newest first, and some statuses only", () => {
  using instance = new FakeInstance();
  const [one, two, three] = [
    instance.add("running"),
    instance.add("stopped"),
    instance.add("running"),
  ];
  const ids = (statuses?: ("running" | "stopped" | "created")[]) =>
    instance.store.list(statuses).map(({ id }) => id);
  assert.deepEqual(ids(), [three.id, two.id, one.id]);
  assert.deepEqual(ids(["running"]), [three.id, one.id]);
  assert.deepEqual(ids(["stopped", "created"]), [two.id]);
  assert.deepEqual(ids([]), []);
});

Deno.test("ContainerStore.transition() changes what it is told to, and nothing else", () => {
  using instance = new FakeInstance();
  const { store } = instance;
  const process = identifyProcess(Deno.pid)!;
  const { id } = instance.add("running", { process, startedAt: 5 });
  const running = store.get(id)!;
  assert.deepEqual([running.process, running.startedAt], [process, 5]);
  const stopped = store.transition(id, ["running"], "stopped", {
    exitCode: 137,
    oomKilled: true,
    finishedAt: 9,
    process: null,
  });
  assert.deepEqual(stopped, {
    ...running,
    status: "stopped",
    exitCode: 137,
    oomKilled: true,
    finishedAt: 9,
    process: undefined,
  });
  const again = store.transition(id, ["stopped"], "running", { finishedAt: undefined, process });
  assert.deepEqual(again, { ...stopped, status: "running", finishedAt: undefined, process });
  // What is not mentioned stays.
  assert.deepEqual(store.transition(id, ["running"], "stopped").process, process);
});

Deno.test("ContainerStore.transition() refuses another status than expected, and changes nothing", () => {
  using instance = new FakeInstance();
  const { id } = instance.add("stopped", { name: "web" });
  const before = instance.store.get(id);
  const change = () => instance.store.transition(id, ["running"], "stopped", { exitCode: 3 });
  assert.throws(change, {
    kind: "conflict",
    message: 'Cannot make container "web" stopped: it is stopped',
  });
  assert.throws(() => instance.store.transition(id, ["stopped"], "paused"), {
    kind: "conflict",
    message: 'Cannot make container "web" paused: it is stopped',
  });
  assert.deepEqual(instance.store.get(id), before);
  const gone = generateContainerId();
  assert.throws(() => instance.store.transition(gone, ["running"], "stopped"), {
    kind: "notFound",
    message: `No such container: ${gone.slice(0, 12)}`,
  });
});

Deno.test("ContainerStore.rename() gives another name, unless it is in use", () => {
  using instance = new FakeInstance();
  const one = instance.add("created", { name: "one" });
  const two = instance.add("created", { name: "two" });
  assert.throws(() => instance.store.rename(one.id, "two"), {
    kind: "conflict",
    message: new RegExp(`name "/two" is already in use by container "${two.id}"`),
  });
  instance.store.rename(one.id, "three");
  assert.equal(instance.store.find("three").id, one.id);
  instance.store.rename(two.id, "one");
  assert.equal(instance.store.get(two.id)?.name, "one");
});
