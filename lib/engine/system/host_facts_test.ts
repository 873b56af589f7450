import assert from "node:assert/strict";
import { fileSystemOf, parseRelease, readHostFacts } from "./host_facts.ts";

Deno.test("parseRelease() reads quoted and plain values", () => {
  const text = '# comment\nNAME="Some \\"Linux\\""\nVERSION_ID=12\nID=\'x y\'\nEMPTY=\nbad line\n';
  assert.deepEqual([...parseRelease(text)], [
    ["NAME", 'Some "Linux"'],
    ["VERSION_ID", "12"],
    ["ID", "x y"],
    ["EMPTY", ""],
  ]);
});

Deno.test("fileSystemOf() takes the nearest mount above, of several the last", () => {
  const mountinfo = [
    "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw",
    "2 1 8:2 / /var rw - xfs /dev/sdb rw",
    "3 2 0:30 / /var/lib/a\\040b rw - tmpfs tmpfs rw",
    "4 2 0:31 / /var/lib/a\\040b rw master:2 - btrfs /dev/sdc rw",
    "",
  ].join("\n");
  const cases = [
    ["/etc", "ext4"],
    ["/var", "xfs"],
    ["/variable", "ext4"],
    ["/var/lib/a b/c", "btrfs"],
    ["/var/lib/a bc", "xfs"],
  ];
  for (const [path, type] of cases) assert.equal(fileSystemOf(path!, mountinfo), type, path);
  assert.equal(fileSystemOf("/", ""), "");
});

Deno.test("readHostFacts() knows this host", () => {
  const facts = readHostFacts();
  assert.equal(facts.kernel, Deno.osRelease());
  assert.equal(facts.hostname, Deno.hostname());
  assert.equal(facts.memory, Math.floor(Deno.systemMemoryInfo().total / 1024) * 1024);
  assert.ok(facts.processors >= 1);
});
