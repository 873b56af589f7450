// deno-lint-ignore-file no-sync-fn-in-async-fn -- a test may wait
import assert from "node:assert/strict";
import { Database, readEvents } from "../state/mod.ts";
import { emptyVolumeTrash, volumeData } from "./folder.ts";
import { ANONYMOUS_LABEL, VolumeStore } from "./store.ts";

/** Runs a test with an instance of its own. */
async function withStore(
  test: (store: VolumeStore, database: Database, root: string) => Promise<void> | void,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const database = Database.open(root);
  try {
    await test(new VolumeStore(database, { root }), database, root);
  } finally {
    database.close();
    await Deno.remove(root, { recursive: true });
  }
}

function addContainer(database: Database, id: string): void {
  database.run(
    `INSERT INTO containers (id, name, image_name, created_at, settings, status)
       VALUES (?, ?, 'i', 0, '{}', 'created')`,
    id,
    id,
  );
}

Deno.test("VolumeStore.create() makes a folder and a record, once", () =>
  withStore((store, database, root) => {
    const first = store.create({ name: "data", labels: { a: "b" } });
    assert.deepEqual([first.name, first.driver, first.labels], ["data", "local", { a: "b" }]);
    assert.equal(Deno.statSync(volumeData({ root }, "data")).mode! & 0o7777, 0o755);
    Deno.writeTextFileSync(`${volumeData({ root }, "data")}/file`, "kept");
    assert.deepEqual(store.create({ name: "data", labels: { other: "" } }), first);
    assert.equal(Deno.readTextFileSync(`${volumeData({ root }, "data")}/file`), "kept");
    const anonymous = store.create();
    assert.match(anonymous.name, /^[0-9a-f]{64}$/);
    assert.deepEqual(anonymous.labels, { [ANONYMOUS_LABEL]: "" });
    assert.deepEqual(store.list().map(({ name }) => name), [anonymous.name, "data"].sort());
    const events = readEvents(database, 0).map(({ action, actorId }) => `${action} ${actorId}`);
    assert.deepEqual(events, ["create data", `create ${anonymous.name}`]);
  }));

Deno.test("VolumeStore.remove() refuses what a container has, and leaves nothing of the rest", () =>
  withStore(async (store, database, root) => {
    store.create({ name: "data" });
    addContainer(database, "c1");
    store.use("data", "c1");
    store.use("data", "c1");
    assert.throws(() => store.remove("data"), {
      kind: "conflict",
      message: "remove data: volume is in use - [c1]",
    });
    // Not even behind our back.
    assert.throws(() => database.run("DELETE FROM volumes WHERE name = ?", "data"));
    database.run("DELETE FROM containers WHERE id = ?", "c1");
    Deno.writeTextFileSync(`${volumeData({ root }, "data")}/file`, "old");
    store.remove("data");
    assert.throws(() => store.find("data"), { message: "get data: no such volume" });
    store.create({ name: "data" });
    assert.deepEqual([...Deno.readDirSync(volumeData({ root }, "data"))], []);
    await emptyVolumeTrash({ root });
    assert.deepEqual([...Deno.readDirSync(`${root}/volumes/.trash`)], []);
  }));
