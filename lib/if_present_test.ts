import assert from "node:assert/strict";
import {
  exists,
  ifPresent,
  namesIn,
  readIfPresent,
  removeIfPresent,
  sizeOf,
} from "./if_present.ts";

Deno.test("what need not be there is used if it is, and missed without an error", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [file, link] = [`${directory}/file`, `${directory}/link`];
    assert.deepEqual(
      [exists(file), readIfPresent(file), sizeOf(file), namesIn(`${directory}/none`)],
      [false, undefined, undefined, []],
    );
    removeIfPresent(file);
    await Deno.writeTextFile(file, "text");
    await Deno.symlink("nowhere", link);
    assert.deepEqual([exists(file), readIfPresent(file), sizeOf(file)], [true, "text", 4]);
    // A link is there itself, whatever it leads to.
    assert.deepEqual([exists(link), sizeOf(link)], [true, undefined]);
    assert.deepEqual(namesIn(directory).sort(), ["file", "link"]);
    removeIfPresent(file);
    assert.ok(!exists(file));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("ifPresent() passes other errors on", async () => {
  const directory = await Deno.makeTempDir();
  assert.throws(() => readIfPresent(directory));
  assert.throws(
    () => ifPresent(() => Deno.readDirSync("/dev/null").next()),
    Deno.errors.NotADirectory,
  );
  await Deno.remove(directory);
});
