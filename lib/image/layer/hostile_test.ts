import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import type { FixtureEntry } from "./_archive_fixture.ts";
import { isRoot, Workspace } from "./_workspace_fixture.ts";

const ignore = !isRoot;

/** An attack: what it unpacks, and what it comes to: an error, or a harmless layer. */
function attack(
  name: string,
  entries: (work: Workspace) => FixtureEntry[],
  outcome: RegExp | ((work: Workspace) => void),
): void {
  for (const whiteouts of ["overlay", "remove"] as const) {
    Deno.test({
      name: `applyLayer() ${name} (${whiteouts})`,
      ignore,
      fn: async () => {
        await using work = new Workspace();
        const applying = work.apply(entries(work), { whiteouts });
        if (outcome instanceof RegExp) await assert.rejects(applying, isInvalid(outcome));
        else {
          await applying;
          outcome(work);
        }
        work.assertHostUntouched();
      },
    });
  }
}

function isInvalid(message: RegExp): (error: unknown) => true {
  return (error) => {
    assert(error instanceof EngineError, String(error));
    assert.equal(error.kind, "invalid");
    assert.match(error.message, message);
    return true;
  };
}

function has(paths: Record<string, string>): (work: Workspace) => void {
  return (work) => assert.deepEqual({ ...work.list(), ...paths }, work.list());
}

attack(
  "puts an absolute path below the layer",
  (work) => [{ name: work.secret, content: "changed" }],
  (work) => has({ [work.secret.slice(1)]: "f changed" })(work),
);
attack(
  "refuses a path that climbs out",
  () => [{ name: "../host/secret", content: "changed" }],
  /^Cannot unpack "..\/host\/secret": the path "..\/host\/secret" leaves the layer$/,
);
attack(
  "stops an absolute path that climbs at the root",
  () => [{ name: "/../../host/secret", content: "changed" }],
  has({ "host/secret": "f changed" }),
);
attack(
  "refuses a path that climbs out from inside",
  () => [{ name: "a/", type: "5" }, { name: "a/../../host/secret", content: "changed" }],
  /leaves the layer$/,
);
attack(
  "keeps an absolute link to a directory inside",
  (work) => [
    { name: "out", type: "2", linkName: work.host },
    { name: "out/secret", content: "changed" },
  ],
  (work) => has({ [`${work.host.slice(1)}/secret`]: "f changed" })(work),
);
attack(
  "keeps a climbing link to a directory inside",
  () => [
    { name: "a/out", type: "2", linkName: "../../../../host" },
    { name: "a/out/secret", content: "changed" },
  ],
  has({ "host/secret": "f changed" }),
);
attack(
  "keeps a link through /proc inside",
  () => [
    { name: "out", type: "2", linkName: "/proc/self/cwd/host" },
    { name: "out/secret", content: "changed" },
  ],
  has({ "proc/self/cwd/host/secret": "f changed" }),
);
attack(
  "keeps a chain of links inside",
  (work) => [
    { name: "a", type: "2", linkName: ".." },
    { name: "b", type: "2", linkName: "a/host" },
    { name: "c", type: "2", linkName: work.host },
    { name: "b/secret", content: "changed" },
    { name: "c/secret", content: "changed" },
  ],
  has({ "host/secret": "f changed" }),
);
attack(
  "replaces a link to a file instead of writing through it",
  (work) => [
    { name: "link", type: "2", linkName: work.secret },
    { name: "link", content: "changed", mode: 0o4777, uid: 5 },
  ],
  has({ link: "f changed" }),
);
attack(
  "replaces a link to a directory by a directory",
  (work) => [
    { name: "link", type: "2", linkName: work.host },
    { name: "link", type: "5", mode: 0o777, uid: 5 },
    { name: "link/secret", content: "changed" },
  ],
  has({ "link": "d", "link/secret": "f changed" }),
);
attack(
  "is not fooled by a directory swapped for a link between entries",
  (work) => [
    { name: "dir", type: "5" },
    { name: "dir/a", content: "a" },
    { name: "dir", type: "2", linkName: work.host },
    { name: "dir/secret", content: "changed" },
  ],
  (work) => {
    has({ dir: `-> ${work.host}`, [`${work.host.slice(1)}/secret`]: "f changed" })(work);
    assert.equal("dir/a" in work.list(), false);
  },
);
attack(
  "is not fooled by a parent's parent swapped for a link between entries",
  (work) => [
    { name: "one/host/a", content: "a" },
    { name: "one", type: "2", linkName: work.path },
    { name: "one/host/secret", content: "changed" },
  ],
  (work) => has({ [`${work.host.slice(1)}/secret`]: "f changed" })(work),
);
attack(
  "is not fooled by a link swapped for another between entries",
  (work) => [
    { name: "real/secret", content: "first" },
    { name: "link", type: "2", linkName: "real" },
    { name: "link/secret", content: "second" },
    { name: "link", type: "2", linkName: work.host },
    { name: "link/secret", content: "changed" },
  ],
  has({ "real/secret": "f second" }),
);
attack(
  "refuses a hard link to a climbing path",
  () => [{ name: "hard", type: "1", linkName: "../host/secret" }],
  /^Cannot unpack "hard": the path "..\/host\/secret" leaves the layer$/,
);
attack(
  "refuses a hard link to an absolute path of the host",
  (work) => [{ name: "hard", type: "1", linkName: work.secret }],
  /^Cannot unpack "hard": it is a hard link to ".*\/host\/secret", which is not in the layer$/,
);
attack(
  "refuses a hard link through a link out of the layer",
  (work) => [
    { name: "out", type: "2", linkName: work.host },
    { name: "hard", type: "1", linkName: "out/secret" },
    { name: "hard", content: "changed" },
  ],
  /which is not in the layer$/,
);
attack(
  "links to a link itself, not to what that points to",
  (work) => [
    { name: "soft", type: "2", linkName: work.secret },
    { name: "hard", type: "1", linkName: "soft", mode: 0o777, uid: 5 },
    { name: "hard", content: "changed" },
  ],
  (work) => has({ soft: `-> ${work.secret}`, hard: "f changed" })(work),
);
attack(
  "refuses a hard link to a directory",
  () => [{ name: "dir", type: "5" }, { name: "hard", type: "1", linkName: "dir" }],
  /^Cannot unpack "hard": it is a hard link to a directory$/,
);
attack(
  "puts a device in place of a file, and a file in place of a device",
  () => [
    { name: "a", content: "a" },
    { name: "a", type: "3", device: [1, 3] },
    { name: "b", type: "3", device: [1, 3] },
    { name: "b", content: "not written to the device" },
  ],
  has({ a: "c 259", b: "f not written to the device" }),
);
attack(
  "puts a file in place of a FIFO, without waiting for a reader",
  () => [{ name: "pipe", type: "6" }, { name: "pipe", content: "x" }],
  has({ pipe: "f x" }),
);
attack(
  "refuses files in a file",
  () => [{ name: "a" }, { name: "a/b" }],
  /^Cannot unpack "a": files are to go into it, but it is no directory$/,
);
attack(
  "refuses to go round in links",
  () => [
    { name: "a", type: "2", linkName: "b" },
    { name: "b", type: "2", linkName: "a" },
    { name: "a/x" },
  ],
  /^Cannot unpack "a": files are to go into it, but it is no directory$/,
);
for (const name of [".wh..", ".wh...", ".wh."]) {
  attack(
    `refuses the whiteout ${name}`,
    () => [{ name: "dir", type: "5" }, { name: `dir/${name}` }],
    /a whiteout must name a file$/,
  );
}
attack(
  "refuses a whiteout that climbs out",
  () => [{ name: "../host/.wh.secret" }],
  /leaves the layer$/,
);
attack(
  "keeps a whiteout through a link inside",
  (work) => [{ name: "out", type: "2", linkName: work.host }, { name: "out/.wh.secret" }],
  (work) => assert(work.list()["out"]?.startsWith("-> ")),
);
attack(
  "keeps an opaque mark through a link inside",
  (work) => [{ name: "out", type: "2", linkName: work.host }, { name: "out/.wh..wh..opq" }],
  (work) => assert(work.list()["out"]?.startsWith("-> ")),
);
attack(
  "drops overlay's own attributes",
  () => [{
    name: "dir",
    type: "5",
    pax: {
      "SCHILY.xattr.trusted.overlay.redirect": "/etc",
      "SCHILY.xattr.trusted.overlay.opaque": "y",
      "LIBARCHIVE.xattr.trusted.overlay.metacopy": "",
    },
  }],
  (work) => assert.deepEqual(work.attributes("dir"), {}),
);

Deno.test({
  name: "applyLayer() removes a tree too deep for any path, which links can build",
  ignore,
  fn: async () => {
    await using work = new Workspace();
    const deep = "d/".repeat(1500);
    await work.apply([
      { name: "d", type: "5" },
      { name: "x", pax: { path: `${deep}end` } },
      { name: "s1", type: "2", pax: { linkpath: deep } },
      { name: "x", pax: { path: `s1/${deep}end` } },
      { name: "s2", type: "2", pax: { linkpath: `s1/${deep}` } },
      { name: "x", pax: { path: `s2/${deep}end` } },
      { name: "d", content: "flat" },
    ]);
    assert.equal(work.list()["d"], "f flat");
    work.assertHostUntouched();
  },
});
