import assert from "node:assert/strict";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { FileType, mknodat } from "../../../ffi/directory_entry.ts";
import { lsetxattr } from "../../../ffi/xattr.ts";
import { concat, inPieces } from "../layer/_archive_fixture.ts";
import { isRoot, Workspace } from "../layer/_workspace_fixture.ts";
import { applyLayer } from "../layer/apply.ts";
import { toByteString } from "../layer/byte_string.ts";
import { TarReader } from "../layer/tar_reader.ts";
import { archiveTree, type ArchiveTreeOptions } from "./tree_archive.ts";
import { TarWriter } from "./tar_writer.ts";
import { walkTree } from "./tree_walk.ts";
import { MemberType } from "./tar_member.ts";

const ignore = !isRoot;

function archive(path: string, options: ArchiveTreeOptions = {}): Uint8Array<ArrayBuffer> {
  const fd = open(path, OpenFlag.PATH | OpenFlag.NOFOLLOW);
  try {
    const writer = new TarWriter();
    const pieces: Uint8Array[] = [];
    for (const piece of archiveTree(writer, fd, options)) pieces.push(piece.slice());
    for (const piece of writer.end()) pieces.push(piece.slice());
    return concat(pieces);
  } finally {
    close(fd);
  }
}

async function shell(script: string, cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-euc", script],
    cwd,
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function namesIn(tar: Uint8Array): Promise<string[]> {
  const reader = new TarReader(inPieces(tar, 4096));
  const names: string[] = [];
  for (let entry = await reader.next(); entry; entry = await reader.next()) {
    names.push(entry.type === "1" ? `${entry.name} => ${entry.linkName}` : entry.name);
  }
  return names;
}

const EVERY_KIND = `
  mkdir -p dir/deep empty
  chmod 1777 empty; chmod 2750 dir; chown 123:456 dir
  echo content > dir/file; chmod 4711 dir/file; chown 2097152:4294967294 dir/file
  ln dir/file again; ln dir/file dir/deep/third
  ln -s "dir/file" link; ln -s "$(printf %0200d 0)" longlink; ln link samelink
  mkfifo -m 640 fifo; mknod char c 5 1; mknod block b 7 200
  touch "$(printf 'n\\303\\251w\\nline')" "$(printf 'bad\\377')" "$(printf %0150d 7)"
  : > zero; truncate -s 1M sparse; head -c 700000 /dev/urandom > large
  touch -d @-2.25 zero; touch -d @1700000000.123456789 large
  touch -h -d @1600000000.5 link; touch -d @1500000000.000000001 dir fifo
`;
const LISTING = `find . -printf '%P|%y|%m|%U|%G|%T@|%l|%n|' \\( -type f -exec sh -c \
  'sha256sum < "$0"' {} \\; -o -printf '%s\\n' \\) | grep -v '^|' | sort`;

Deno.test({
  name: "archiveTree() gives every kind of file, which unpacks to what it was",
  ignore,
  fn: async () => {
    await using workspace = new Workspace();
    await shell(EVERY_KIND, workspace.host);
    lsetxattr(`${workspace.host}/large`, "user.note", new Uint8Array([0, 0x80, 10]));
    const capability = new Uint8Array(20);
    capability.set([1, 0, 0, 2, 0x80]);
    lsetxattr(`${workspace.host}/large`, "security.capability", capability);
    lsetxattr(`${workspace.host}/dir`, "trusted.overlay.opaque", new Uint8Array([121]));
    const expected = await shell(LISTING, workspace.host);
    const tar = archive(workspace.host);
    await applyLayer(inPieces(tar, 5000), workspace.layer, { whiteouts: "overlay" });
    assert.equal(await shell(LISTING, workspace.layer), expected);
    assert.deepEqual(Object.keys(workspace.attributes("large")), [
      "security.capability",
      "user.note",
    ]);
    assert.deepEqual(workspace.attributes("dir"), {});
    assert.deepEqual(archive(workspace.layer), tar, "the same files give the same bytes");
  },
});

Deno.test({
  name: "archiveTree() is read by tar",
  ignore,
  fn: async () => {
    await using workspace = new Workspace();
    await shell(EVERY_KIND, workspace.host);
    const expected = await shell(LISTING, workspace.host);
    await Deno.writeFile(`${workspace.path}/archive.tar`, archive(workspace.host));
    await shell("tar -x --xattrs -f ../archive.tar", workspace.layer);
    assert.equal(await shell(LISTING, workspace.layer), expected);
  },
});

Deno.test("archiveTree() sorts names by their bytes, a directory before what is in it", async () => {
  await using workspace = new Workspace();
  await shell("mkdir a b; touch a/z a/B a.b a-b B 'é' secret; ln a/z b/link", workspace.host);
  assert.deepEqual(await namesIn(archive(workspace.host)), [
    "B",
    "a/",
    "a/B",
    "a/z",
    "a-b",
    "a.b",
    "b/",
    "b/link => a/z",
    "secret",
    "\xc3\xa9",
  ]);
});

Deno.test("archiveTree() names the top, and takes a single file", async () => {
  await using workspace = new Workspace();
  await shell("mkdir -p d/e; touch d/e/f", workspace.host);
  assert.deepEqual(await namesIn(archive(`${workspace.host}/d`, { as: "x/y" })), [
    "x/y/",
    "x/y/e/",
    "x/y/e/f",
  ]);
  assert.deepEqual(await namesIn(archive(workspace.secret, { as: "s" })), ["s"]);
  const skips = (path: string) => path === "d/e";
  assert.deepEqual(await namesIn(archive(workspace.host, { skips })), ["d/", "secret"]);
});

Deno.test({
  name: "archiveTree() leaves sockets out",
  ignore,
  fn: async () => {
    await using workspace = new Workspace();
    const fd = open(workspace.host, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
    mknodat(fd, "socket", FileType.SOCKET | 0o600);
    close(fd);
    assert.deepEqual(await namesIn(archive(workspace.host)), ["secret"]);
  },
});

Deno.test("archiveTree() refuses what is nested deeper than a path can say", async () => {
  await using workspace = new Workspace();
  await shell(
    `d=$(printf %0200d 0); for i in $(seq 25); do mkdir $d; cd $d; done`,
    workspace.host,
  );
  assert.throws(() => archive(workspace.host), /longer than 4095 bytes/);
});

Deno.test("TarWriter fills up a file that became shorter, and cuts one that grew", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "0123456789");
    const writer = new TarWriter();
    const pieces: Uint8Array[] = [];
    for (const size of [20, 5]) {
      const fd = open(path, OpenFlag.RDONLY);
      const modified = { seconds: 0, nanoseconds: 0 };
      const member = { type: MemberType.FILE, path: "f", mode: 0o600, modified, size };
      for (const piece of writer.add(member, fd)) pieces.push(piece.slice());
      close(fd);
    }
    for (const piece of writer.end()) pieces.push(piece.slice());
    const reader = new TarReader(inPieces(concat(pieces)));
    const contents: string[] = [];
    while (await reader.next()) contents.push(toByteString((await reader.read())!));
    assert.deepEqual(contents, [`0123456789${"\0".repeat(10)}`, "01234"]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("archiveTree() goes on where directories are removed while it looks at them", async () => {
  const top = await Deno.makeTempDir();
  for (const name of ["a", "b/inner", "c"]) await Deno.mkdir(`${top}/${name}`, { recursive: true });
  await Deno.writeTextFile(`${top}/c/file`, "kept");
  const fd = open(top, OpenFlag.PATH);
  const walked: string[] = [];
  try {
    for (const { path } of walkTree(fd)) {
      walked.push(path);
      // It has been taken hold of, and its names have not been read.
      if (path === "a" || path === "b") await Deno.remove(`${top}/${path}`, { recursive: true });
    }
  } finally {
    close(fd);
    await Deno.remove(top, { recursive: true });
  }
  assert.deepEqual(walked, ["", "a", "b", "c", "c/file"]);
});
