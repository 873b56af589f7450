import assert from "node:assert/strict";
import { Database, isUniqueViolation } from "./mod.ts";

const MODULE = new URL("./mod.ts", import.meta.url).href;

Deno.test("Database.open() creates the folder and the tables once", async () => {
  const root = await Deno.makeTempDir();
  try {
    using first = Database.open(`${root}/deep/er`);
    using second = Database.open(`${root}/deep/er`);
    first.run("INSERT INTO layers (diff_id, size, created_at) VALUES ('sha256:1', 5, 6)");
    assert.deepEqual({ ...second.get("SELECT diff_id, size, created_at FROM layers")! }, {
      diff_id: "sha256:1",
      size: 5,
      created_at: 6,
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Database.open() removes what a killed creation has left, and nobody else's", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const name of [".state-old.db", ".state-old.db-wal", ".state-new.db", "other.db"]) {
      await Deno.writeTextFile(`${root}/${name}`, "");
      if (name !== ".state-new.db") await Deno.utime(`${root}/${name}`, 0, 0);
    }
    Database.open(root).close();
    const left = await Array.fromAsync(Deno.readDir(root), ({ name }) => name);
    assert.deepEqual(left.sort(), [".state-new.db", "other.db", "reserve", "state.db"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Database.open() refuses what a newer version wrote", async () => {
  const root = await Deno.makeTempDir();
  try {
    using database = Database.open(root);
    database.run("PRAGMA user_version = 999");
    assert.throws(() => Database.open(root), { kind: "unavailable", message: /a newer tsd wrote/ });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Database.transaction() undoes everything when its body throws", async () => {
  const root = await Deno.makeTempDir();
  try {
    using database = Database.open(root);
    assert.throws(() =>
      database.transaction(() => {
        database.run("INSERT INTO layers (diff_id, size, created_at) VALUES ('sha256:1', 5, 6)");
        throw new Error("stop");
      }), { message: "stop" });
    assert.equal(database.all("SELECT * FROM layers").length, 0);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("isUniqueViolation() tells a taken key from other errors", async () => {
  const root = await Deno.makeTempDir();
  try {
    using database = Database.open(root);
    const insert = () =>
      database.run("INSERT INTO layers (diff_id, size, created_at) VALUES ('sha256:1', 5, 6)");
    insert();
    assert.throws(insert, isUniqueViolation);
    assert.throws(() => database.run("SELEC"), (error) => !isUniqueViolation(error));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Database.transaction() of several processes at once loses no update", async () => {
  const root = await Deno.makeTempDir();
  try {
    const script = `
      import { Database } from ${JSON.stringify(MODULE)};
      using database = Database.open(Deno.args[0]);
      for (let i = 0; i < 50; i++) database.transaction(() => {
        const row = database.get("SELECT size FROM layers");
        if (row) database.run("UPDATE layers SET size = ?", Number(row.size) + 1);
        else database.run("INSERT INTO layers (diff_id, size, created_at) VALUES ('x', 1, 0)");
      });`;
    await Deno.writeTextFile(`${root}/script.ts`, script);
    const runs = Array.from({ length: 6 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--no-config", `${root}/script.ts`, `${root}/state`],
        stderr: "inherit",
      }).output());
    for (const { code } of await Promise.all(runs)) assert.equal(code, 0);
    using database = Database.open(`${root}/state`);
    assert.equal(database.get("SELECT size FROM layers")?.size, 300);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
