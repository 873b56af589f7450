import assert from "node:assert/strict";
import { FixtureMount } from "./_mount_fixture.ts";
import { Database } from "./mod.ts";

// Nobody else has the database open in these: the files that SQLite needs beside it are not there.

/** A disk of 8 MB with a database that nobody has open, and no room left. */
async function withFullDisk(body: (root: string, run: string) => void): Promise<void> {
  await using disk = new FixtureMount("tmpfs", "size=8m");
  await using elsewhere = new FixtureMount("tmpfs", "size=1m");
  Database.open(disk.directory).close();
  fill(disk.directory);
  body(disk.directory, `${elsewhere.directory}/run`);
}

function fill(root: string): void {
  using file = Deno.openSync(`${root}/filler`, { append: true, create: true });
  assert.throws(() => {
    while (file.writeSync(new Uint8Array(4096)) > 0);
  }, /No space left/);
}

Deno.test("a database on a full disk is opened and written with the reserve's room", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await withFullDisk((root, run) => {
    using database = Database.open(root, run);
    assert.equal(database.run("DELETE FROM networks WHERE name = 'none'"), 1);
    assert.equal(database.all("SELECT name FROM networks").length, 2);
  });
});

Deno.test("a database on a full disk without a reserve is read, and written once there is room", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await withFullDisk((root, run) => {
    Deno.removeSync(`${root}/reserve`, { recursive: true });
    fill(root);
    using database = Database.open(root, run);
    assert.equal(database.all("SELECT name FROM networks").length, 3);
    const remove = () => database.run("DELETE FROM networks WHERE name = 'none'");
    assert.throws(remove, { name: "EngineError", kind: "system" });
    Deno.removeSync(`${root}/filler`);
    assert.equal(remove(), 1);
  });
});
