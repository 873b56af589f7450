import assert from "node:assert/strict";
import { hostsFileText, rewriteInPlace, withEntries } from "./hosts_file.ts";

Deno.test("hostsFileText() names the container, and what --add-host adds", () => {
  const settings = {
    hostname: "web.example",
    network: "bridge",
    extraHosts: ["db:10.9.9.9", "v6:fd00::9", "outside:host-gateway"],
  };
  const options = { addresses: ["10.1.0.2", "fd00::2"], gateway: "10.1.0.1" };
  const lines = hostsFileText(settings, options).split("\n");
  assert.equal(lines[0], "127.0.0.1\tlocalhost");
  assert.deepEqual(lines.slice(-6), [
    "10.9.9.9\tdb",
    "fd00::9\tv6",
    "10.1.0.1\toutside",
    "10.1.0.2\tweb.example web",
    "fd00::2\tweb.example web",
    "",
  ]);
});

Deno.test("withEntries() replaces the other containers, and nothing else", () => {
  const base = "127.0.0.1\tlocalhost\n";
  const one = withEntries(base, [{ address: "10.1.0.2", names: ["web", "aabbccddeeff"] }]);
  assert.ok(one.includes("\n10.1.0.2\tweb aabbccddeeff\n"));
  const own = `${one}10.7.7.7\tmine\n`;
  const two = withEntries(own, [{ address: "10.1.0.3", names: ["db"] }]);
  assert.ok(
    !two.includes("web") && two.includes("10.1.0.3\tdb\n") && two.includes("10.7.7.7\tmine"),
  );
  assert.equal(withEntries(two, []), `${base}10.7.7.7\tmine\n`);
  assert.equal(withEntries(withEntries(base, []), []), base);
});

Deno.test("rewriteInPlace() keeps the file itself", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "a long line\nanother\n");
    const { ino } = await Deno.stat(path);
    rewriteInPlace(path, () => "short\n");
    assert.equal(await Deno.readTextFile(path), "short\n");
    assert.equal((await Deno.stat(path)).ino, ino);
  } finally {
    await Deno.remove(path);
  }
  rewriteInPlace(path, () => assert.fail("there is no such file"));
});
