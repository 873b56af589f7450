import assert from "node:assert/strict";
import { Annotation, type SpecMount } from "../../runtime/mod.ts";
import { needsServer } from "./slow_mounts.ts";

const MOUNTS = [
  "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
  "40 22 0:50 / /srv/remote rw - nfs4 server:/export rw",
  "41 22 0:51 / /home/user/gcs rw - fuse.gcsfuse bucket rw",
  "42 22 0:52 / /data rw - tmpfs tmpfs rw",
  "43 22 0:53 / /mnt/with\\040blank rw - nfs4 server:/export rw",
].join("\n");

const bind = (source: string): SpecMount => ({ destination: "/x", type: "bind", source });

function answer(mounts: SpecMount[], lower: string[] = []): boolean {
  const annotations = { [Annotation.OVERLAY]: JSON.stringify({ lower }) };
  return needsServer({ mounts, annotations }, "/var/lib/tsd", () => MOUNTS);
}

Deno.test("needsServer() knows folders that a server or a program holds", () => {
  const cases: [source: string, expected: boolean][] = [
    ["/data/db", false],
    ["/srv", false],
    ["/srv/remotely", false],
    ["/srv/remote", true],
    ["/srv/remote/deep/er", true],
    ["/home/user/gcs/a", true],
    ["/srv/../srv/./remote", true],
    ["/mnt/with blank", true],
    ["/mnt/with", false],
  ];
  for (const [source, expected] of cases) {
    assert.equal(answer([bind(source)]), expected, source);
    assert.equal(answer([], [source]), expected, `root ${source}`);
  }
});

Deno.test("needsServer() counts what is mounted below a folder where that comes along", () => {
  const source = "/srv";
  assert.ok(answer([{ ...bind(source), options: ["rbind", "rprivate"] }]));
  assert.ok(!answer([{ ...bind(source), options: ["bind", "rprivate"] }]));
  assert.ok(answer([{ ...bind("/"), options: ["rbind"] }]));
});

Deno.test("needsServer() follows links", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.symlink("/srv/remote", `${folder}/link`);
  await Deno.symlink("link", `${folder}/second`);
  await Deno.symlink("round", `${folder}/round`);
  await Deno.mkdir(`${folder}/folder`);
  await Deno.symlink("../..", `${folder}/folder/up`);
  assert.ok(answer([bind(`${folder}/second/deep`)]));
  assert.ok(!answer([bind(`${folder}/round`)]));
  assert.ok(!answer([bind(`${folder}/folder/up`)]));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("needsServer() knows file systems that are mounted for the container", () => {
  const nfs = { type: "nfs", source: ":/export", options: ["addr=192.0.2.1"] };
  assert.ok(answer([{ ...bind("/var/lib/tsd/volumes/v/_data"), staged: nfs }]));
  assert.ok(answer([{ destination: "/x", type: "cifs", source: "//192.0.2.1/x" }]));
  assert.ok(!answer([{ destination: "/x", type: "tmpfs", source: "tmpfs" }]));
});

Deno.test("needsServer() does not look for what is the instance's own", () => {
  const own = ["/var/lib/tsd/layers/a", "/var/lib/tsd/layers/b"];
  const annotations = { [Annotation.OVERLAY]: JSON.stringify({ lower: own }) };
  const mounts = [bind("/var/lib/tsd/containers/c/hosts")];
  assert.ok(!needsServer({ mounts, annotations }, "/var/lib/tsd", () => assert.fail("looked")));
});
