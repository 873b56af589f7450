import assert from "node:assert/strict";
import type { CreateContainerOptions } from "./options.ts";
import { type InheritedMounts, wantedMounts } from "./mounts.ts";

const bind = (target: string, source = "/") => ({ source, target, readonly: false });
const volume = (target: string, name: string) => ({ name, target, readonly: false });

/** What lies where: `TARGET SOURCE`, of an anonymous volume `TARGET -`. */
function summary(
  declared: string[],
  options: CreateContainerOptions,
  inherited: InheritedMounts[] = [],
): string[] {
  const { binds, tmpfs, volumeRequests } = wantedMounts(declared, options, inherited);
  return [
    ...binds.map(({ source, target }) => `${target} ${source}`),
    ...volumeRequests.map(({ name = "-", target }) => `${target} ${name}`),
    ...tmpfs.map(({ target }) => `${target} tmpfs`),
  ].sort();
}

Deno.test("wantedMounts() gives the image a volume wherever nothing else is mounted", () => {
  const tmpfs = [{ target: "/c", options: [] }];
  const options = { binds: [bind("/a")], volumes: [volume("/b", "named")], tmpfs };
  assert.deepEqual(summary(["/a", "/b/", "/c", "/d"], options), [
    "/a /",
    "/b named",
    "/c tmpfs",
    "/d -",
  ]);
});

Deno.test("wantedMounts() lets a path without a source give way, and takes it once", () => {
  const anonymous = (target: string) => ({ target, readonly: false });
  const volumes = [anonymous("/a"), anonymous("/a"), anonymous("/b")];
  const found = wantedMounts(["/a"], { binds: [bind("/b")], volumes });
  assert.deepEqual(found.volumeRequests.map(({ target }) => target), ["/a"]);
  assert.deepEqual(found.volumes, ["/a", "/b"]);
});

Deno.test("wantedMounts() takes over other containers' mounts, the last one's first", () => {
  const first = { binds: [bind("/a", "/etc")], volumeMounts: [volume("/b", "one")] };
  const second = { binds: [], volumeMounts: [volume("/b", "two"), volume("/c", "three")] };
  const options = { volumes: [volume("/c", "own")] };
  assert.deepEqual(summary(["/a", "/d"], options, [first, second]), [
    "/a /etc",
    "/b two",
    "/c own",
    "/d -",
  ]);
});

Deno.test("wantedMounts() refuses two mounts on one path", () => {
  const tmpfs = [{ target: "/a", options: [] }];
  const wrong: CreateContainerOptions[] = [
    { binds: [bind("/a"), bind("/a", "/etc")] },
    { binds: [bind("/a")], tmpfs },
    { volumes: [volume("/a", "one"), volume("/a", "two")] },
    { volumes: [volume("/a", "one"), { target: "/a", readonly: false, asMount: true }] },
  ];
  for (const options of wrong) {
    assert.throws(() => wantedMounts([], options), {
      kind: "invalid",
      message: "Cannot create the container: Duplicate mount point: /a",
    });
  }
});
