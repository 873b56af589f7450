import assert from "node:assert/strict";
import { commandsOf } from "./harness/commands.ts";
import { hostCommand } from "./harness/host_command.ts";
import { busyboxRoot } from "./harness/images.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"] });
const { failure, inspect, lines, sh } = commandsOf(shared);

/** The content of a volume, as the host sees it. */
const data = (name: string) => `${shared.tsd.root}/volumes/${name}/_data`;

Deno.test("bind-create-src has each start create a missing folder of the host", async () => {
  const { tsd } = shared;
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-bind-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const image = shared.image("alpine");
  const source = `${folder}/new/data`;
  const mount = (path: string) => `type=bind,src=${path},dst=/data,bind-create-src`;
  const show = ["stat", "-c", "%a %u:%g", "/data"];
  const { stdout } = await tsd.run(
    ["run", "--name", "binder", "--mount", mount(source), image, ...show],
  );
  stack.defer(async () => void await tsd.run(["rm", "binder"]));
  assert.equal(stdout, "755 0:0\n");
  await Deno.remove(source);
  assert.deepEqual(await lines("start", "-a", "binder"), ["755 0:0"]);
  await Deno.writeTextFile(`${folder}/file`, "");
  const message = await failure(125, "run", "--mount", mount(`${folder}/file/x`), image, "true");
  assert.match(message, /^tsd: .*: error while creating mount source path '.*file\/x': .*$/);
  assert.deepEqual((await lines("ps", "-aq")).length, 1);
});

Deno.test("--volumes-from takes over mounts, read-only where asked", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/file`, "of the host\n");
  const options = ["-v", "data:/data", "-v", "/own", "-v", `${dir}:/host:ro`, "--tmpfs", "/memory"];
  const image = shared.image("alpine");
  // It never runs: a container may be there for its volumes alone.
  await tsd.run(["create", "--name", "source", ...options, image]);
  const script = "cat /host/file; echo x > /own/x; ls /own; ls -d /memory; " +
    "grep -c -e ' /data ' -e ' /own ' -e ' /host ' /proc/mounts";
  const { stdout } = await tsd.run([
    ...["run", "--name", "taker", "--volumes-from", "source"],
    ...[image, "sh", "-c", `{ ${script}; } 2>&1`],
  ]);
  assert.equal(stdout, "of the host\nx\nls: /memory: No such file or directory\n3\n");
  assert.deepEqual(await inspect("taker", ".HostConfig.VolumesFrom"), ["source"]);
  assert.equal(await inspect("taker", ".HostConfig.Binds"), null);
  const readOnly = "touch /own/y /data/y || ls /own";
  assert.equal(await sh(["--volumes-from", "source:ro"], `{ ${readOnly}; } 2>/dev/null`), "x\n");
  await tsd.run(["rm", "-v", "source"]);
  assert.equal((await lines("volume", "ls", "-q")).length, 2);
  await tsd.run(["rm", "-v", "taker"]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["data"]);
  await tsd.run(["volume", "rm", "data"]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("inspect and ps show mounts as Docker does", async () => {
  const { tsd } = shared;
  const options = ["-v", "data:/data:ro", "-v", "/own", "-v", "/tmp:/host:ro"];
  options.push("--mount", "type=bind,src=/tmp,dst=/bound,readonly,bind-propagation=rprivate");
  options.push("--mount", "type=volume,src=other,dst=/other,volume-label=a=b");
  options.push("--mount", "type=tmpfs,dst=/memory,tmpfs-size=1m,tmpfs-mode=700");
  await tsd.run(["create", "--name", "shown", ...options, shared.image("alpine")]);
  const found = await inspect<Record<string, string>[]>("shown", ".Mounts");
  const mounts = found.map((mount) => ({ ...mount, Name: undefined }));
  const volume = { Type: "volume", Driver: "local", Propagation: "", Name: undefined };
  const bind = { Type: "bind", Source: "/tmp", Propagation: "rprivate", Name: undefined };
  const own = found.find(({ Destination }) => Destination === "/own")!;
  assert.deepEqual(mounts, [
    { ...bind, Destination: "/host", Mode: "ro", RW: false },
    { ...bind, Destination: "/bound", Mode: "", RW: false },
    { ...volume, Source: data("data"), Destination: "/data", Mode: "ro", RW: false },
    { ...volume, Source: data("other"), Destination: "/other", Mode: "z", RW: true },
    { ...volume, Source: data(own.Name!), Destination: "/own", Mode: "", RW: true },
    {
      Type: "tmpfs",
      Source: "",
      Destination: "/memory",
      Mode: "",
      RW: true,
      Propagation: "",
      Name: undefined,
    },
  ]);
  assert.deepEqual(await inspect("shown", ".HostConfig.Binds"), ["/tmp:/host:ro", "data:/data:ro"]);
  assert.deepEqual(await inspect("shown", ".HostConfig.Mounts"), [
    {
      Type: "bind",
      Source: "/tmp",
      Target: "/bound",
      ReadOnly: true,
      BindOptions: { Propagation: "rprivate" },
    },
    { Type: "volume", Source: "other", Target: "/other", VolumeOptions: { Labels: { a: "b" } } },
    { Type: "tmpfs", Target: "/memory", TmpfsOptions: { SizeBytes: 1048576, Mode: 0o700 } },
  ]);
  const format = "{{.LocalVolumes}} {{.Mounts}}";
  const [row = ""] = await lines("ps", "-a", "--no-trunc", "--format", format);
  assert.equal(row, `3 /tmp,/tmp,data,other,${own.Name}`);
  await tsd.run(["rm", "-v", "shown"]);
  await tsd.run(["volume", "prune", "-af"]);
});

Deno.test("--mount: sizes, modes, nested mounts read-only or not", async () => {
  const memory = ["--mount", "type=tmpfs,dst=/memory,tmpfs-size=1m,tmpfs-mode=1750"];
  const script = "stat -c %a /memory; df -k /memory | tail -1 | tr -s ' ' | cut -d' ' -f2";
  assert.equal(await sh(memory, script), "1750\n1024\n");
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-mounts-" });
  await hostCommand("mount", ["-t", "tmpfs", "none", dir]);
  try {
    await Deno.mkdir(`${dir}/inner`);
    await hostCommand("mount", ["-t", "tmpfs", "none", `${dir}/inner`]);
    await Deno.writeTextFile(`${dir}/inner/file`, "");
    const write = "{ touch /m/x && echo outer; touch /m/inner/x && echo inner; ls /m/inner; } " +
      "2>/dev/null; true";
    const bind = (options: string) => ["--mount", `type=bind,src=${dir},dst=/m${options}`];
    assert.equal(await sh(bind(""), write), "outer\ninner\nfile\nx\n");
    assert.equal(await sh(bind(",ro"), write), "file\nx\n");
    assert.equal(await sh(bind(",ro,bind-recursive=writable"), write), "inner\nfile\nx\n");
    assert.equal(await sh(bind(",bind-recursive=disabled"), write), "outer\ninner\nx\n");
  } finally {
    await hostCommand("umount", [`${dir}/inner`]);
    await hostCommand("umount", [dir]);
    await Deno.remove(dir);
  }
});

Deno.test("bind-propagation: what is mounted later passes where that is asked for", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-shared-" });
  const image = shared.image("alpine");
  // A supervisor that runs already has a copy of the host's mounts without this one.
  await tsd.run(["run", "-d", "--name", "earlier", image, "sleep", "60"]);
  await hostCommand("mount", ["-t", "tmpfs", "none", dir]);
  try {
    await hostCommand("mount", ["--make-shared", dir]);
    await Deno.mkdir(`${dir}/late`);
    for (const mode of ["rprivate", "rslave", "rshared"]) {
      const options = ["-d", "--name", mode, "-v", `${dir}:/m:${mode}`];
      await tsd.run(["run", ...options, image, "sleep", "60"]);
    }
    await hostCommand("mount", ["-t", "tmpfs", "none", `${dir}/late`]);
    await Deno.writeTextFile(`${dir}/late/file`, "");
    const seen = async (name: string) => (await lines("exec", name, "ls", "/m/late")).join();
    assert.deepEqual(await Promise.all(["rprivate", "rslave", "rshared"].map(seen)), [
      "",
      "file",
      "file",
    ]);
  } finally {
    await tsd.run(["rm", "-f", "earlier", "rprivate", "rslave", "rshared"], { expect: "any" });
    await hostCommand("umount", ["--recursive", dir]);
    await Deno.remove(dir);
  }
});

Deno.test("a link in a volume does not lead volume-subpath to the host", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/victim`, "untouched");
  await sh(["-v", "data:/data"], `mkdir -p /data/real /data${dir}; ln -s ${dir} /data/link`);
  await sh(["-v", "data:/data"], "ln -s ../../../../etc /data/up; mkdir /data/etc");
  const subpath = (path: string) => [
    "--mount",
    `type=volume,src=data,dst=/m,volume-subpath=${path}`,
  ];
  assert.equal(await sh(subpath("real"), "touch /m/file; ls /m"), "file\n");
  // Both lead to what has that path in the volume.
  assert.equal(await sh(subpath("link"), "echo changed > /m/victim; ls /m"), "victim\n");
  assert.equal(await sh(subpath("up"), "touch /m/passwd; ls /m"), "passwd\n");
  assert.equal(await Deno.readTextFile(`${dir}/victim`), "untouched");
  const missing = ["run", "--rm", ...subpath("nosuch"), shared.image("alpine"), "true"];
  assert.match(await failure(125, ...missing), /cannot access path .*\/nosuch/);
  await tsd.run(["volume", "rm", "data"]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a link in the image leads the first copy nowhere", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-root-" });
  await Deno.mkdir(`${dir}/outside`);
  await Deno.writeTextFile(`${dir}/outside/secret`, "of the host");
  await busyboxRoot(`${dir}/root`);
  await Deno.symlink(`${dir}/outside`, `${dir}/root/absolute`);
  await Deno.symlink("../../../../../../../../../../../../etc", `${dir}/root/relative`);
  await Deno.symlink("/proc/self/root", `${dir}/root/magic`);
  const root = ["--rootfs", `${dir}/root`, "true"];
  await tsd.run(["run", "--rm", "-v", "abs:/absolute", "-v", "rel:/relative", ...root]);
  const names = (volume: string) => [...Deno.readDirSync(data(volume))].map(({ name }) => name);
  assert.deepEqual(names("abs"), []);
  assert.deepEqual(names("rel").sort(), ["group", "os-release", "passwd"]);
  const magic = ["-v", `magic:/magic${dir}/outside`];
  const { stderr } = await tsd.run(["run", "--rm", ...magic, ...root], { expect: 125 });
  assert.match(stderr, /too many levels of symbolic links|No such file or directory/);
  assert.deepEqual(names("magic"), []);
  await tsd.run(["volume", "rm", "abs", "rel", "magic"]);
  await Deno.remove(dir, { recursive: true });
});
