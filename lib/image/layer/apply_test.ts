import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { inPieces, tarArchive } from "./_archive_fixture.ts";
import { applyLayer } from "./apply.ts";
import { isRoot, Workspace } from "./_workspace_fixture.ts";

const ignore = !isRoot;

function test(name: string, run: (work: Workspace) => Promise<void>): void {
  Deno.test({
    name: `applyLayer() ${name}`,
    ignore,
    fn: async () => {
      await using work = new Workspace();
      await run(work);
    },
  });
}

function status(work: Workspace, path: string): Record<string, number> {
  const { mode, uid, gid, mtime, nlink } = Deno.lstatSync(`${work.layer}/${path}`);
  return {
    mode: mode! & 0o7777,
    uid: uid!,
    gid: gid!,
    modified: mtime!.getTime(),
    links: nlink!,
  };
}

test("unpacks every kind of file with owner, mode and time", async (work) => {
  const owner = { uid: 12, gid: 34 };
  const result = await work.apply([
    { name: "./", type: "5", mode: 0o711, ...owner, modified: 5 },
    { name: "dir/", type: "5", mode: 0o2770, ...owner, modified: 10 },
    { name: "dir/file", content: "x".repeat(2500), mode: 0o4755, ...owner, modified: 11 },
    { name: "dir/link", type: "2", linkName: "/no/where", ...owner, modified: 12 },
    { name: "dir/hard", type: "1", linkName: "dir/file", ...owner, modified: 13 },
    { name: "dir/null", type: "3", device: [1, 3], mode: 0o666, ...owner, modified: 14 },
    { name: "dir/disk", type: "4", device: [259, 70000], mode: 0o660, ...owner, modified: 15 },
    { name: "dir/pipe", type: "6", mode: 0o622, ...owner, modified: 16 },
    { name: "empty", mode: 0o1000, modified: 17 },
  ]);
  assert.deepEqual(result, { entries: 9, bytes: 2500 });
  assert.deepEqual(work.list(), {
    "dir": "d",
    "dir/disk": `b ${70000 % 256 + (259 * 256) + (70000 >> 8) * 2 ** 20}`,
    "dir/file": `f ${"x".repeat(2500)}`,
    "dir/hard": `f ${"x".repeat(2500)}`,
    "dir/link": "-> /no/where",
    "dir/null": "c 259",
    "dir/pipe": "p",
    "empty": "f ",
  });
  const of = { uid: 12, gid: 34, links: 1 };
  assert.deepEqual(status(work, ""), { ...of, mode: 0o711, modified: 5000, links: 3 });
  assert.deepEqual(status(work, "dir"), { ...of, mode: 0o2770, modified: 10_000, links: 2 });
  assert.deepEqual(status(work, "dir/file"), { ...of, mode: 0o4755, modified: 11_000, links: 2 });
  assert.deepEqual(status(work, "dir/link"), { ...of, mode: 0o777, modified: 12_000 });
  assert.deepEqual(status(work, "dir/null"), { ...of, mode: 0o666, modified: 14_000 });
  assert.deepEqual(status(work, "dir/disk"), { ...of, mode: 0o660, modified: 15_000 });
  assert.deepEqual(status(work, "dir/pipe"), { ...of, mode: 0o622, modified: 16_000 });
  assert.deepEqual(status(work, "empty"), {
    uid: 0,
    gid: 0,
    links: 1,
    mode: 0o1000,
    modified: 17_000,
  });
});

test("keeps times to the nanosecond and attributes to the byte", async (work) => {
  // cap_setuid=ep: the byte 0x80, which is not UTF-8.
  const capability = new Uint8Array([
    1,
    0,
    0,
    2,
    0x80,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
  const pax = { "mtime": "1600000000.123456789", "SCHILY.xattr.trusted.x": new Uint8Array([0xff]) };
  await work.apply([
    { name: "d", type: "5", pax },
    {
      name: "d/f",
      uid: 7,
      content: "x",
      mode: 0o6755,
      pax: { ...pax, "SCHILY.xattr.security.capability": capability },
    },
    { name: "l", type: "2", linkName: "x", pax },
    { name: "p", type: "6", pax },
  ]);
  for (const path of ["d", "d/f", "l", "p"]) {
    assert.equal(work.attributes(path)["trusted.x"], "0xff", path);
    const { stdout } = new Deno.Command("stat", { args: ["-c", "%.9Y", `${work.layer}/${path}`] })
      .outputSync();
    assert.equal(new TextDecoder().decode(stdout), "1600000000.123456789\n", path);
  }
  assert.equal(
    work.attributes("d/f")["security.capability"],
    "0x0100000280000000000000000000000000000000",
  );
  assert.equal(status(work, "d/f")["mode"], 0o6755);
});

test("unpacks what GNU tar packs", async (work) => {
  const source = `${work.path}/source`;
  const script = `
    mkdir -p d/${"long".repeat(50)}/${"name".repeat(50)} && cd d && umask 022
    echo content > file && ln file hard && ln -s ${"t".repeat(200)} soft && mkfifo pipe
    mknod null c 1 3 && echo x > é && printf x > "$(printf 'latin1-\\351')" && touch sticky suid
    chmod 1777 sticky; chown 3000000:70 suid && chmod 4755 suid && touch -d @1234.5 file
    setfattr -n trusted.a -v b suid && setcap cap_setuid,cap_net_raw+ep hard`;
  await Deno.mkdir(source);
  const { success, stderr } = await new Deno.Command("sh", { args: ["-ec", script], cwd: source })
    .output();
  assert(success, new TextDecoder().decode(stderr));
  const tar = async (directory: string) =>
    (await new Deno.Command("tar", {
      args: [
        "--format=posix",
        "--xattrs",
        "--xattrs-include=*",
        "--numeric-owner",
        "--pax-option=delete=atime,delete=ctime,exthdr.name=x",
        "--sort=name",
        "-C",
        directory,
        "-c",
        "d",
      ],
    }).output()).stdout;
  const archive = await tar(source);
  await applyLayer(ReadableStream.from([archive]), work.layer, { whiteouts: "overlay" });
  assert.deepEqual(await tar(work.layer), archive);
});

test("makes missing parents root's own, mode 0755", async (work) => {
  await work.apply([
    { name: "a", type: "5", mode: 0o2777, gid: 5 },
    { name: "a/b/c/file", uid: 5, gid: 5, mode: 0o600 },
  ]);
  for (const path of ["a/b", "a/b/c"]) {
    const { mode, uid, gid } = status(work, path);
    assert.deepEqual({ mode, uid, gid }, { mode: 0o755, uid: 0, gid: 0 });
  }
});

test("gives directories their own time, whatever comes into them and when", async (work) => {
  const many = Array.from({ length: 200 }, (_, index) => `many/${index}`);
  await work.apply([
    { name: "early", type: "5", modified: 1 },
    { name: "many", type: "5", modified: 2 },
    ...many.map((name, index) => ({ name, type: "5", modified: 100 + index })),
    ...many.map((name) => ({ name: `${name}/file` })),
    { name: "link", type: "2", linkName: "early" },
    { name: "link/through", content: "x" },
    { name: "early/file" },
    { name: "link/again", content: "x" },
    { name: "early/last" },
    { name: "late/file" },
    { name: "late", type: "5", modified: 3 },
  ]);
  assert.equal(status(work, "early")["modified"], 1000);
  assert.equal(status(work, "many")["modified"], 2000);
  assert.equal(status(work, "late")["modified"], 3000);
  assert.deepEqual(
    many.map((name) => status(work, name)["modified"]),
    many.map((_, index) => (100 + index) * 1000),
  );
});

test("follows links to directories inside of the layer, also to those that come later", async (work) => {
  await work.apply([
    { name: "usr/bin", type: "5" },
    { name: "bin", type: "2", linkName: "usr/bin" },
    { name: "bin/sh", content: "sh" },
    { name: "var/run", type: "2", linkName: "/run" },
    { name: "var/run/lock/x", content: "x" },
    { name: "var/up", type: "2", linkName: "../up/./there" },
    { name: "var/up/y", content: "y" },
  ]);
  assert.deepEqual(work.list(), {
    "bin": "-> usr/bin",
    "run": "d",
    "run/lock": "d",
    "run/lock/x": "f x",
    "up": "d",
    "up/there": "d",
    "up/there/y": "f y",
    "usr": "d",
    "usr/bin": "d",
    "usr/bin/sh": "f sh",
    "var": "d",
    "var/run": "-> /run",
    "var/up": "-> ../up/./there",
  });
});

test("lets the last of several entries with one name count", async (work) => {
  await work.apply([
    { name: "a", content: "old" },
    { name: "a", content: "new" },
    { name: "dir/sub/file" },
    { name: "dir", content: "now a file" },
    { name: "file" },
    { name: "file", type: "5" },
    { name: "file/in", content: "in" },
    { name: "real", type: "5" },
    { name: "link", type: "2", linkName: "real" },
    { name: "link", type: "5" },
    { name: "link/in", content: "in link" },
    { name: "kept/in", content: "kept" },
    { name: "kept", type: "5", mode: 0o700 },
    { name: "first", content: "1" },
    { name: "second", type: "1", linkName: "first" },
    { name: "first", content: "2" },
  ]);
  assert.deepEqual(work.list(), {
    "a": "f new",
    "dir": "f now a file",
    "file": "d",
    "file/in": "f in",
    "first": "f 2",
    "kept": "d",
    "kept/in": "f kept",
    "link": "d",
    "link/in": "f in link",
    "real": "d",
    "second": "f 1",
  });
  assert.equal(status(work, "kept")["mode"], 0o700);
});

test("keeps names that are not UTF-8", async (work) => {
  const name = new Uint8Array([0x64, 0xe9, 0x2f, 0xff]);
  await work.apply([{ name, content: "x" }, { name, content: "y" }]);
  const { stdout } = await new Deno.Command("find", { args: ["-type", "f"], cwd: work.layer })
    .output();
  assert.deepEqual([...stdout], [0x2e, 0x2f, ...name, 0x0a]);
});

test("reports each entry before it is unpacked", async (work) => {
  const seen: string[] = [];
  await work.apply([{ name: "a" }, { name: ".wh..wh.plnk/1.2" }, { name: ".wh.b" }], {
    onEntry: (entry) => seen.push(`${entry.kind} ${entry.path}`),
  });
  assert.deepEqual(seen, ["file a", "whiteout b"]);
});

test("stops when told to", async (work) => {
  const controller = new AbortController();
  const applying = work.apply([{ name: "a" }, { name: "b" }], {
    signal: controller.signal,
    onEntry: () => controller.abort(new Error("enough")),
  });
  await assert.rejects(applying, /^Error: enough$/);
  assert.deepEqual(Object.keys(work.list()), ["a"]);
});

test("ends the source and leaves no descriptor open when it fails", async (work) => {
  let ended = false;
  async function* source() {
    try {
      yield tarArchive([{ name: "a/b" }, { name: "../x" }]);
    } finally {
      await Promise.resolve();
      ended = true;
    }
  }
  const openInWork = () =>
    [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(work.path);
      } catch {
        return false; // Closed since it was listed.
      }
    });
  await assert.rejects(applyLayer(source(), work.layer, { whiteouts: "overlay" }), EngineError);
  assert(ended);
  assert.deepEqual(openInWork(), []);
});

test("refuses more entries or bytes than allowed", async (work) => {
  const entries = [{ name: "a", content: "12345" }, { name: "b", content: "12345" }];
  await assert.rejects(
    work.apply(entries, { maxEntries: 1 }),
    {
      message:
        'Cannot unpack "b": no space left: the layer has more than the 1 entries that there is room for; ' +
        "free some with: tsd system prune",
      kind: "system",
    },
  );
  await assert.rejects(
    work.apply(entries, { maxBytes: 9 }),
    {
      message:
        'Cannot unpack "b": no space left: the layer has more than the 9 bytes that there is room for; ' +
        "free some with: tsd system prune",
      kind: "system",
    },
  );
});

test("says what the kernel refused", async (work) => {
  await assert.rejects(
    applyLayer(ReadableStream.from([]), `${work.path}/none`, { whiteouts: "overlay" }),
    (error) => {
      assert(error instanceof EngineError);
      assert.equal(error.kind, "system");
      assert.equal(error.message, `Cannot unpack a layer into "${work.path}/none"`);
      return true;
    },
  );
});

for (
  const [format, args] of Object.entries({
    "old GNU": ["--format=gnu"],
    "pax 0.1": ["--format=posix", "--sparse-version=0.1"],
    "pax 1.0": ["--format=posix", "--sparse-version=1.0"],
  })
) {
  test(`expands sparse files stored in the ${format} format`, async (work) => {
    const script = `
      truncate -s 1M empty && echo end > few && truncate -s 100K few && echo tail >> few
      for i in $(seq 1 40); do printf "part $i" | dd of=many bs=16K seek=$i conv=notrunc 2>&1; done
      echo plain > plain`;
    const pack = `tar --sparse ${args.join(" ")} --sort=name -c empty few many plain`;
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-ec", `cd "$0"; { ${script}; } >&2; ${pack}`, work.host],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    assert(stdout.length < 700_000);
    const applied = await applyLayer(inPieces(stdout, 777), work.layer, { whiteouts: "overlay" });
    assert.equal(applied.entries, 4);
    for (const name of ["empty", "few", "many", "plain"]) {
      const [expected, actual] = await Promise.all([
        Deno.readFile(`${work.host}/${name}`),
        Deno.readFile(`${work.layer}/${name}`),
      ]);
      assert(expected.length === actual.length, name);
      assert(expected.every((byte, at) => byte === actual[at]), name);
    }
    assert((await Deno.stat(`${work.layer}/many`)).blocks! * 512 < 400_000);
  });
}
