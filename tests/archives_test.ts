import assert from "node:assert/strict";
import { hostCommand, hostCommandBytes } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured", "layers40", "files", "zstd"] });

async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout.trimEnd();
}

/** A path in the instance's home, which is deleted with it. */
const path = (name: string) => `${shared.tsd.home}/${name}`;

Deno.test("save and load bring images back to what they were", async () => {
  const { tsd } = shared;
  const names = [shared.image("layers40"), shared.image("files"), shared.image("zstd")];
  await out("tag", names[0]!, "extra:1");
  const ids = await out("inspect", "-f", "{{.Id}}", ...names);
  await out("save", "-o", path("a.tar"), ...names, "extra:1");
  assert.equal((await Deno.stat(path("a.tar"))).mode! & 0o777, 0o600);
  const { stdoutBytes } = await tsd.run(["save", ...names, "extra:1"]);
  assert.deepEqual(stdoutBytes, await Deno.readFile(path("a.tar")), "the same archive each time");
  await out("rmi", "-f", ...names, "extra:1");
  const loaded = await out("load", "-q", "-i", path("a.tar"));
  assert.deepEqual(
    loaded.split("\n").sort(),
    [...names, "extra:1"].map((name) => `Loaded image: ${name}`).sort(),
  );
  assert.equal(await out("inspect", "-f", "{{.Id}}", ...names), ids);
  await out("save", "-o", path("b.tar"), ...names, "extra:1");
  assert.deepEqual(await Deno.readFile(path("b.tar")), stdoutBytes);
  const script = "cat /counter; ls /files | wc -l; ls /hidden; cat /folder; ls /gone 2>/dev/null";
  assert.equal(
    (await tsd.run(["run", "--rm", names[0]!, "sh", "-c", script], { expect: "any" })).stdout,
    "39\n38\nnew\nnow a file\n",
  );
  assert.match(
    await out("run", "--rm", names[1]!, "stat", "-c", "%a %u", "/kinds/setuid"),
    /4755 0/,
  );
  await out("rmi", "extra:1");
});

Deno.test("load reads archives from a pipe, compressed with gzip or zstd", async () => {
  const { tsd } = shared;
  const name = shared.image("configured");
  const id = await out("inspect", "-f", "{{.Id}}", name);
  for (const compressor of ["gzip -1", "zstd -q"]) {
    await tsd.shell(`tsd save ${name} | ${compressor} > ${path("c")}; tsd rmi -f ${name}`);
    const { stdout } = await tsd.shell(`cat ${path("c")} | tsd load`);
    assert.equal(stdout, `Loaded image: ${name}\n`);
    assert.equal(await out("inspect", "-f", "{{.Id}}", name), id);
  }
});

Deno.test("save takes all tags of a repository, and an ID without any", async () => {
  const name = shared.image("configured");
  const id = await out("inspect", "-f", "{{.Id}}", name);
  await out("tag", name, "several:1");
  await out("tag", name, "several:2");
  const tags = async (...wanted: string[]) => {
    await out("save", "-o", path("t.tar"), ...wanted);
    const text = await hostCommand("tar", ["-xOf", path("t.tar"), "manifest.json"]);
    return JSON.parse(text).map((image: { RepoTags: string[] | null }) => image.RepoTags);
  };
  assert.deepEqual(await tags("several"), [["several:1", "several:2"]]);
  assert.deepEqual(await tags("several:2", id), [["several:2"]]);
  assert.deepEqual(await tags(id), [null]);
  await out("rmi", "several:1", "several:2");
  await out("save", "-o", path("t.tar"), id);
  await out("rmi", "-f", name);
  assert.equal(await out("load", "-i", path("t.tar")), `Loaded image ID: ${id}`);
  await out("tag", id, name);
});

Deno.test("save --format oci gives an image layout that skopeo takes and gives back", async () => {
  const name = shared.image("alpine");
  await out("save", "--format", "oci", "-o", path("o.tar"), name);
  const listed = await hostCommand("tar", ["-tf", path("o.tar")]);
  assert.ok(!listed.includes("manifest.json") && listed.includes("index.json"));
  await hostCommand("skopeo", ["copy", `oci-archive:${path("o.tar")}`, `dir:${path("dir")}`]);
  const manifest = await hostCommand("skopeo", ["manifest-digest", `${path("dir")}/manifest.json`]);
  assert.equal(
    await out("inspect", "-f", "{{index .RepoDigests 0}}", name),
    `${name.slice(0, -":latest".length)}@${manifest}`,
  );
  const back = `oci-archive:${path("s.tar")}:back:1`;
  await hostCommand("skopeo", ["copy", `dir:${path("dir")}`, back]);
  assert.equal(await out("load", "-i", path("s.tar")), "Loaded image: back:1");
  const ids = await out("inspect", "-f", "{{.Id}}", name, "back:1");
  assert.equal(new Set(ids.split("\n")).size, 1);
  await out("rmi", "back:1");
});

Deno.test("export and import carry a root on, and leave out what is mounted", async () => {
  const { tsd } = shared;
  const image = shared.image("files");
  const script = "rm -r /kinds/sticky; echo new > /kinds/new; touch /dev/own /tmp/t; sleep 600";
  const id = await out(
    ...["run", "-d", "--tmpfs", "/tmp", "-e", "X=1", image, "sh", "-c", script],
  );
  await waitUntil(
    "the changes",
    async () => (await out("exec", id, "ls", "/tmp")).includes("t"),
  );
  await out("export", "-o", path("e.tar"), id);
  const listed = (await hostCommand("tar", ["-tf", path("e.tar")])).split("\n");
  assert.ok(listed.includes("kinds/new") && listed.includes("dev/") && listed.includes("tmp/"));
  assert.ok(!listed.some((name) => /^(proc|sys|dev|tmp)\/./.test(name) || name.includes("sticky")));
  const changes = ["-c", 'CMD ["cat", "/kinds/new"]', "-c", "ENV A=1", "-m", "flat"];
  const made = await tsd.shell(
    `tsd export ${id} | gzip | tsd import ${changes.map((text) => `'${text}'`).join(" ")} - flat:1`,
  );
  assert.match(made.stdout, /^sha256:[0-9a-f]{64}\n$/);
  assert.equal(await out("run", "--rm", "flat:1"), "new");
  const listing =
    "cd /kinds; find . ! -name . ! -name new -exec stat -c '%n|%f|%u|%g|%t|%T|%s|%Y|%N'" +
    " {} + | grep -v sticky | sort; find . -type f -exec sha256sum {} + | sort";
  const wanted = await out("exec", id, "sh", "-c", listing);
  assert.equal(await out("run", "--rm", "flat:1", "sh", "-c", listing), wanted);
  const [flat] = JSON.parse(await out("inspect", "flat:1"));
  assert.deepEqual([flat.Config.Env, flat.RootFS.Layers.length, flat.Comment], [
    ["A=1"],
    1,
    "flat",
  ]);
  await out("rm", "-f", id);
  await out("rmi", "flat:1");
});

Deno.test("import takes a file, an address, and an archive of nothing", async () => {
  const tar = await hostCommandBytes("tar", ["-cf", "-", "-C", "/bin", "busybox"]);
  await Deno.writeFile(path("root.tar"), tar);
  const first = await out("import", path("root.tar"), "file:1");
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const isThere = new URL(request.url).pathname === "/root.tar";
    return isThere ? new Response(tar) : new Response("", { status: 404 });
  });
  try {
    const url = `http://127.0.0.1:${server.addr.port}`;
    await out("import", `${url}/root.tar`, "url:1");
    const layers = await out("inspect", "-f", "{{.RootFS.Layers}}", "file:1", "url:1");
    assert.equal(new Set(layers.split("\n")).size, 1);
    const { stderr } = await shared.tsd.run(["import", `${url}/no.tar`], { expect: 1 });
    assert.match(stderr, /404/);
  } finally {
    await server.shutdown();
  }
  assert.equal(await out("run", "--rm", first, "/busybox", "echo", "works"), "works");
  await shared.tsd.shell("tar -cf - --files-from /dev/null | tsd import - scratch");
  await out("rmi", "file:1", "url:1", "scratch");
});

Deno.test("archives that cannot be written or read leave nothing behind", async () => {
  const { tsd } = shared;
  const image = shared.image("layers40");
  const before = await out("images", "-a", "-q", "--no-trunc");
  await Deno.writeTextFile(path("text"), "no archive ".repeat(100));
  await out("save", "-o", path("whole.tar"), image);
  await Deno.copyFile(path("whole.tar"), path("cut.tar"));
  await Deno.truncate(path("cut.tar"), (await Deno.stat(path("cut.tar"))).size / 2 | 0);
  const cases: [args: string[], message: RegExp][] = [
    [["save", "nothing"], /No such image: nothing/],
    [["save", "--format", "rar", image], /unknown format "rar"/],
    [["save", "-o", "/nonexistent/x", image], /directory "\/nonexistent" does not exist/],
    [["save", "-o", tsd.home, image], /is a directory/],
    [["load", "-i", path("missing")], /no such file or directory/],
    [["load", "-i", tsd.home], /is a directory/],
    [["load", "-i", path("text")], /corrupt or no tar/],
    [["load", "-i", path("cut.tar")], /cut short/],
    [["import", path("text")], /corrupt or no tar/],
    [["import", path("cut.tar")], /cut short/],
    [["import", "-"], /empty/],
    [["import", "-c", "RUN x", path("whole.tar")], /not a valid change/],
    [["export", "nothing"], /No such container: nothing/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await tsd.run(args, { expect: "any" });
    assert.ok(code === 1 || code === 125, `${args}: ${code}`);
    assert.match(stderr, message);
    assert.equal(stdout, "");
  }
  assert.equal(await out("images", "-a", "-q", "--no-trunc"), before);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${tsd.root}/incoming`)), []);
  const files = (await Array.fromAsync(Deno.readDir(tsd.home))).map(({ name }) => name);
  assert.deepEqual(files.filter((name) => name.startsWith(".") && name.includes("tar")), []);
});

Deno.test("a full disk leaves the file that was there, and no half image", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const small = path("small");
  await Deno.mkdir(small);
  await hostCommand("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]);
  try {
    await Deno.writeTextFile(`${small}/x.tar`, "precious");
    const { stderr } = await tsd.run(["save", "-o", `${small}/x.tar`, image], { expect: 1 });
    assert.match(stderr, /no space left on device/i);
    assert.equal(await Deno.readTextFile(`${small}/x.tar`), "precious");
    const names = (await Array.fromAsync(Deno.readDir(small))).map(({ name }) => name);
    assert.deepEqual(names, ["x.tar"]);
    await out("save", "-o", path("full.tar"), image);
    const env = { TSD_ROOT: `${small}/root` };
    const load = await tsd.run(["load", "-i", path("full.tar")], { env, expect: 1 });
    assert.match(load.stderr, /no space left on device/i);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(`${small}/root/incoming`)), []);
    assert.equal((await tsd.run(["images", "-q"], { env })).stdout, "");
  } finally {
    await hostCommand("umount", [small]);
  }
});

Deno.test("a killed load, import or save leaves nothing under a final name", async () => {
  const { tsd } = shared;
  const image = shared.image("layers40");
  // What is there already is not unpacked.
  await hostCommand("dd", ["if=/dev/urandom", `of=${path("noise")}`, "bs=1M", "count=4"]);
  await hostCommand("tar", ["-C", tsd.home, "-cf", path("noise.tar"), "noise"]);
  await out("import", path("noise.tar"), "noise:1");
  await out("save", "-o", path("k.tar"), "noise:1");
  await out("rmi", "noise:1");
  const whole = await Deno.readFile(path("k.tar"));
  const before = await out("images", "-a", "-q", "--no-trunc");
  for (const args of [["load"], ["import", "-"]]) {
    const child = tsd.spawn(args);
    child.write(whole.subarray(0, whole.length / 2));
    await waitUntil("something unpacked", async () => {
      const entries = await Array.fromAsync(Deno.readDir(`${tsd.root}/incoming`));
      return entries.some(({ name }) => name.endsWith(".blob"));
    });
    child.kill("SIGKILL");
    await child.finish(10_000);
    assert.equal(await out("images", "-a", "-q", "--no-trunc"), before);
    await out("image", "prune", "-f");
    assert.deepEqual(await Array.fromAsync(Deno.readDir(`${tsd.root}/incoming`)), []);
  }
  await out("load", "-i", path("k.tar"));
  await out("rmi", "noise:1");
  const save = tsd.spawn(["save", "-o", path("k2.tar"), image, shared.image("files")]);
  await waitUntil("the file being written", async () => {
    const names = (await Array.fromAsync(Deno.readDir(tsd.home))).map(({ name }) => name);
    return names.some((name) => name.startsWith(".k2.tar.")) || names.includes("k2.tar");
  }, { intervalMs: 1 });
  save.kill("SIGKILL");
  await save.finish(10_000);
  const left = await Deno.stat(path("k2.tar")).catch(() => undefined);
  // Either it was not finished, or it was, and is whole.
  if (left) await hostCommand("tar", ["-tf", path("k2.tar")]);
});

Deno.test("events tell of saved, loaded, imported and exported", async () => {
  const since = `${Date.now() / 1000}`;
  const image = shared.image("alpine");
  await out("create", "--name", "told", image);
  await out("save", "-o", path("ev.tar"), image);
  await out("load", "-i", path("ev.tar"));
  await out("export", "-o", path("ev2.tar"), "told");
  await out("import", path("ev2.tar"), "told:1");
  await out("rm", "told");
  await out("rmi", "told:1");
  const until = ["--since", since, "--until", `${Date.now() / 1000}`];
  const events = await out("events", ...until, "--format", "{{.Type}} {{.Action}}");
  const wanted = ["image save", "image load", "container export", "image import"];
  assert.deepEqual(events.split("\n").filter((line) => wanted.includes(line)), wanted);
});
