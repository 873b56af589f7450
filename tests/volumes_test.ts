// deno-lint-ignore-file no-sync-fn-in-async-fn -- a test may wait
import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { busyboxRoot } from "./harness/images.ts";
import { suite } from "./harness/suite.ts";
import type { RunOptions } from "./harness/tsd.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured", "files", "layers40"] });

/** Runs a shell script in a container that is removed at its end, and returns its stdout. */
async function sh(options: string[], script: string, expected: RunOptions = {}): Promise<string> {
  const args = ["run", "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
  return (await shared.tsd.run(args, expected)).stdout;
}

/** Runs the program and returns the lines it prints. */
async function lines(...args: string[]): Promise<string[]> {
  return (await shared.tsd.run(args)).stdout.split("\n").slice(0, -1);
}

/** Runs the program, which must fail, and returns what it says. */
async function failure(code: number, ...args: string[]): Promise<string> {
  const { stderr } = await shared.tsd.run(args, { expect: code });
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  return stderr.trimEnd();
}

async function inspect<T>(name: string, format: string): Promise<T> {
  const { stdout } = await shared.tsd.run(["inspect", "-f", `{{json ${format}}}`, name]);
  return JSON.parse(stdout) as T;
}

/** The content of a volume, as the host sees it. */
const data = (name: string) => `${shared.tsd.root}/volumes/${name}/_data`;

Deno.test("volumes are created, listed, described and removed as Docker's", async () => {
  assert.deepEqual(await lines("volume", "create", "--label", "a=b", "--label", "c", "data"), [
    "data",
  ]);
  assert.deepEqual(await lines("volume", "create", "data"), ["data"]);
  const [anonymous = ""] = await lines("volume", "create");
  assert.match(anonymous, /^[0-9a-f]{64}$/);
  const [header, ...rows] = await lines("volume", "ls");
  assert.equal(header, "DRIVER    VOLUME NAME");
  assert.deepEqual(rows.sort(), [`local     ${anonymous}`, "local     data"].sort());
  assert.deepEqual(await lines("volume", "ls", "-q", "--filter", "label=a=b"), ["data"]);
  const json = JSON.parse((await lines("volume", "ls", "-f", "name=dat", "--format", "json"))[0]!);
  assert.deepEqual([json.Name, json.Driver, json.Labels, json.Mountpoint], [
    "data",
    "local",
    "a=b,c=",
    data("data"),
  ]);
  const { stdout } = await shared.tsd.run(["volume", "inspect", "data"]);
  const [volume] = JSON.parse(stdout);
  assert.match(volume.CreatedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual({ ...volume, CreatedAt: "" }, {
    CreatedAt: "",
    Driver: "local",
    Labels: { a: "b", c: "" },
    Mountpoint: data("data"),
    Name: "data",
    Options: null,
    Scope: "local",
  });
  assert.equal((await shared.tsd.run(["inspect", "data"])).stdout, stdout);
  assert.match(await failure(1, "volume", "rm", "nosuch"), /get nosuch: no such volume/);
  assert.deepEqual(await lines("volume", "rm", "-f", "nosuch", "data"), ["nosuch", "data"]);
  const pruned = await lines("volume", "prune", "-f");
  assert.deepEqual(pruned, ["Deleted Volumes:", anonymous, "", "Total reclaimed space: 0B"]);
});

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

Deno.test("wrong names, drivers and options are refused in Docker's words", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["a b"], /"a b" includes invalid characters for a local volume name/],
    [["a"], /volume name is too short/],
    [["-d", "nosuch", "xx"], /create xx: error looking up volume plugin nosuch: .*not found/],
    [["-o", "foo=bar", "xx"], /create xx: invalid option: "foo"/],
    [["-o", "type=tmpfs", "xx"], /create xx: missing required option: "device"/],
  ];
  for (const [args, message] of cases) {
    assert.match(await failure(1, "volume", "create", ...args), message);
  }
  const image = shared.image("alpine");
  const mounts: [args: string[], message: RegExp][] = [
    [["-v", "data:/a", "-v", "other:/a"], /Duplicate mount point: \/a/],
    [["-v", "data:/a", "--tmpfs", "/a"], /Duplicate mount point: \/a/],
    [["-v", "data:/a:rshared"], /field BindOptions must not be specified/],
    [["-v", "/:/a:rshared"], /path \/ is mounted on \/ but it is not a shared mount/],
    [["--mount", "type=bind,src=/nosuch/path,dst=/a"], /bind source path does not exist/],
    [["--mount", "type=nosuch,dst=/a"], /mount type unknown/],
    [["--mount", "type=volume,src=vv,dst=/a,volume-driver=nosuch"], /plugin "nosuch" not found/],
    [["--volumes-from", "nosuch"], /No such container: nosuch/],
    [["--volumes-from", "nosuch:foo"], /invalid mode: foo/],
  ];
  const isRootShared = /^\d+ \d+ \S+ \/ \/ [^-]*shared:/m
    .test(await Deno.readTextFile("/proc/self/mountinfo"));
  for (const [args, message] of mounts) {
    if (isRootShared && args.join(" ").includes("rshared")) continue;
    assert.match(await failure(125, "run", "--rm", ...args, image, "true"), message);
  }
  assert.deepEqual(await lines("volume", "ls", "-q"), []);
});

const LIST = "cd $1 && find . | sort | while read -r file; do " +
  'stat -c "%n %A %u:%g %h %t:%T %Y" "$file"; test -L "$file" && readlink "$file"; ' +
  'test -f "$file" && md5sum < "$file"; done; true';

Deno.test("an empty volume takes over what the image has there, whatever kind of file", async () => {
  const { tsd } = shared;
  const image = shared.image("files");
  const list = async (...options: string[]) =>
    (await tsd.run(["run", "--rm", ...options, image, "sh", "-c", LIST, "sh", "/kinds"])).stdout;
  const original = await list();
  assert(original.split("\n").length > 30, original);
  assert.equal(await list("-v", "kinds:/kinds"), original);
  const show = (command: string, ...args: string[]) => hostCommand(command, args);
  assert.match(await show("getcap", `${data("kinds")}/capable`), /cap_net_raw=ep/);
  assert.match(await show("getfattr", "-d", `${data("kinds")}/attributes`), /user.colour="blue"/);
  const [first, second] = ["first", "second"].map((name) =>
    Deno.statSync(`${data("kinds")}/${name}`).ino
  );
  assert.equal(first, second);
  // Not again, not where something is there, and not where it is not wanted.
  await tsd.run(["run", "--rm", "-v", "kinds:/kinds", image, "rm", "/kinds/old"]);
  assert.doesNotMatch(await list("-v", "kinds:/kinds"), /\.\/old/);
  assert.equal((await list("-v", "none:/kinds:nocopy")).split("\n").length, 2);
  await tsd.run(["volume", "rm", "kinds", "none"]);
});

Deno.test("an empty volume takes over what many layers make of a folder", async () => {
  const { tsd } = shared;
  const image = shared.image("layers40");
  const list = async (...options: string[]) =>
    (await tsd.run(["run", "--rm", ...options, image, "ls", "/files", "/hidden"])).stdout;
  const options = ["-v", "files:/files", "--mount", "type=volume,src=hidden,dst=/hidden"];
  assert.equal(await list(...options), await list());
  assert.deepEqual([...Deno.readDirSync(data("hidden"))].map(({ name }) => name), ["new"]);
  await tsd.run(["volume", "rm", "files", "hidden"]);
});

Deno.test("volumes without a name go with their container where that is asked for", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  // The image declares /data.
  const create = ["create", "-v", "/extra", "-v", "named:/named", "--entrypoint", "true"];
  await tsd.run([...create, "--name", "c1", image]);
  const mounts = await inspect<{ Destination: string; Name: string }[]>("c1", ".Mounts");
  assert.deepEqual(mounts.map(({ Destination }) => Destination).sort(), [
    "/data",
    "/extra",
    "/named",
  ]);
  assert.equal((await lines("volume", "ls", "-q")).length, 3);
  await tsd.run(["rm", "c1"]);
  assert.equal((await lines("volume", "ls", "-q")).length, 3);
  await tsd.run(["volume", "prune", "-f"]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  await tsd.run([...create, "--name", "c2", image]);
  await tsd.run(["rm", "-v", "c2"]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  await tsd.run(["run", "--rm", "-v", "/extra", "-v", "named:/named", image]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  // A start that fails leaves none either.
  await tsd.run(["run", "--rm", "--entrypoint", "nosuch", image], { expect: 127 });
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  await tsd.run(["volume", "rm", "named"]);
});

Deno.test("a volume in use is not removed", async () => {
  const { tsd } = shared;
  await tsd.run(["create", "--name", "user", "-v", "data:/data", shared.image("alpine"), "true"]);
  const [id] = await lines("ps", "-aq", "--no-trunc", "--filter", "volume=data");
  assert.equal(
    await failure(1, "volume", "rm", "data"),
    `tsd: remove data: volume is in use - [${id}]`,
  );
  assert.match(await failure(1, "volume", "rm", "-f", "data"), /volume is in use/);
  assert.deepEqual(await lines("volume", "prune", "-af"), ["Total reclaimed space: 0B"]);
  assert.deepEqual(await lines("ps", "-aq", "--filter", "volume=/data"), [id!.slice(0, 12)]);
  assert.deepEqual(await lines("volume", "ls", "-q", "--filter", "dangling=true"), []);
  await tsd.run(["rm", "user"]);
  assert.deepEqual(await lines("volume", "rm", "data"), ["data"]);
});

Deno.test("containers with one volume see each other's writes", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const script = "while ! test -e /data/ping; do sleep 0.02; done; echo pong > /data/pong";
  await tsd.run(["run", "-d", "--name", "one", "-v", "data:/data", image, "sh", "-c", script]);
  const other = "touch /shared/ping; while ! test -e /shared/pong; do sleep 0.02; done; " +
    "cat /shared/pong; touch /read-only/x || echo refused";
  const options = ["-v", "data:/shared", "-v", "data:/read-only:ro"];
  assert.equal(await sh(options, `{ ${other}; } 2>/dev/null`), "pong\nrefused\n");
  await tsd.run(["rm", "-f", "one"]);
  await tsd.run(["volume", "rm", "data"]);
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

Deno.test("the local driver mounts memory and folders while containers use them", async () => {
  const { tsd } = shared;
  const memory = ["-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m,mode=700"];
  await tsd.run(["volume", "create", ...memory, "memory"]);
  const image = shared.image("alpine");
  const script = "echo kept > /memory/file; sleep 60";
  const first = ["run", "-d", "--name", "first", "-v", "memory:/memory"];
  await tsd.run([...first, image, "sh", "-c", script]);
  const read = "while ! test -s /m/file; do sleep 0.02; done; cat /m/file; stat -c %a /m";
  assert.equal(await sh(["-v", "memory:/m"], read), "kept\n700\n");
  // It is there as long as somebody uses it, whoever supervises that.
  const supervisor = (await tsd.processes(false)).find(({ command }) =>
    command.includes("supervisor")
  )!;
  Deno.kill(supervisor.pid, "SIGKILL");
  await waitUntil("the supervisor's end", async () => {
    return !(await tsd.processes(false)).some(({ pid }) => pid === supervisor.pid);
  });
  assert.equal(await sh(["-v", "memory:/m"], read), "kept\n700\n");
  await tsd.run(["rm", "-f", "first"]);
  assert.equal(await sh(["-v", "memory:/m"], "ls /m"), "");
  assert.deepEqual([...Deno.readDirSync(data("memory"))], []);
  const dir = await Deno.makeTempDir();
  const folder = ["-o", "type=none", "-o", `device=${dir}`, "-o", "o=bind"];
  await tsd.run(["volume", "create", ...folder, "folder"]);
  await sh(["-v", "folder:/etc"], "echo > /etc/new");
  // The image's content went there too, as it was empty.
  assert(Deno.statSync(`${dir}/passwd`).isFile && Deno.statSync(`${dir}/new`).isFile);
  await tsd.run(["volume", "rm", "memory", "folder"]);
  assert(Deno.statSync(`${dir}/new`).isFile);
  await Deno.remove(dir, { recursive: true });
});

/** A file system in a file, as a block device; nothing where this machine cannot have one. */
async function loopDevice(image: string): Promise<string | undefined> {
  try {
    await hostCommand("truncate", ["--size=16M", image]);
    await hostCommand("mkfs.ext4", ["-q", image]);
    return (await hostCommand("losetup", ["--find", "--show", image])).trim();
  } catch (error) {
    // deno-lint-ignore no-console -- the reason belongs in the tests' output.
    console.warn(`skipped: there is no loop device: ${error}`);
    return undefined;
  }
}

Deno.test("the local driver mounts a device, which containers themselves are kept from", async () => {
  const { tsd } = shared;
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-disk-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const device = await loopDevice(`${dir}/image`);
  if (device === undefined) return;
  stack.defer(async () => void await hostCommand("losetup", ["--detach", device]));
  const options = ["-o", "type=ext4", "-o", `device=${device}`, "-o", "o=noatime"];
  await tsd.run(["volume", "create", ...options, "disk"]);
  stack.defer(async () => void await tsd.run(["volume", "rm", "disk"]));
  const image = shared.image("alpine");
  assert.match(
    await sh(["-v", "disk:/disk"], "echo kept > /disk/file; grep ' /disk ' /proc/mounts"),
    /^\S+ \/disk ext4 rw,noatime/,
  );
  await tsd.run(["run", "-d", "--name", "holder", "-v", "disk:/d", image, "sleep", "60"]);
  assert.equal(await sh(["-v", "disk:/d:ro"], "cat /d/file; ! touch /d/new 2>&-"), "kept\n");
  await tsd.run(["rm", "-f", "holder"]);
  await tsd.run(["create", "--name", "stopped", "-v", "disk:/d", image, "true"]);
  stack.defer(async () => void await tsd.run(["rm", "stopped"]));
  await Deno.writeTextFile(`${dir}/new`, "copied\n");
  await tsd.run(["cp", `${dir}/new`, "stopped:/d/"]);
  assert.equal(await sh(["-v", "disk:/d"], "cat /d/file /d/new"), "kept\ncopied\n");
  assert.deepEqual([...Deno.readDirSync(data("disk"))], []);
  await tsd.run(["volume", "create", "-o", "type=xfs", "-o", `device=${device}`, "wrong"]);
  const message = await failure(125, "run", "--rm", "-v", "wrong:/w:nocopy", image, "true");
  assert.match(
    message,
    /error while mounting volume '.*\/wrong\/_data': failed to mount local vol/,
  );
  await tsd.run(["volume", "rm", "wrong"]);
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

Deno.test("the same volume created, filled and removed by many at once", async () => {
  const { tsd } = shared;
  const create = () => tsd.run(["volume", "create", "many"]);
  const created = await Promise.all(Array.from({ length: 6 }, create));
  assert(created.every(({ stdout }) => stdout === "many\n"));
  assert.deepEqual(await lines("volume", "ls", "-q"), ["many"]);
  const run = () =>
    tsd.run(["run", "--rm", "-v", "many:/bin", shared.image("alpine"), "sh", "-c", "ls /bin"]);
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, run));
  assert(first!.stdout.split("\n").length > 100);
  for (const { stdout } of others) assert.equal(stdout, first!.stdout);
  const remove = () => tsd.run(["volume", "rm", "-f", "many"]);
  await Promise.all(Array.from({ length: 4 }, remove));
  assert.deepEqual(await lines("volume", "ls", "-q"), []);
});

Deno.test("a first copy that is killed is done again, and nothing is left of its container", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const list = "ls /bin | wc -l; stat -c %s /bin/busybox";
  const expected = await sh([], list);
  const folder = `${tsd.root}/volumes/killed`;
  for (const names of [1, 20, 200]) {
    const running = tsd.spawn(["run", "--rm", "-v", "killed:/bin", image, "true"]);
    await waitUntil("the copy", () => {
      return Promise.resolve(countNames(`${folder}/_data`) >= names);
    }, { intervalMs: 1 });
    running.kill("SIGKILL");
    await running.finish();
    assert.equal(await sh(["-v", "killed:/bin"], list), expected);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["_data"]);
    await tsd.run(["volume", "rm", "killed"]);
  }
  assert.deepEqual(await lines("ps", "-aq"), []);
});

function countNames(dir: string): number {
  try {
    return [...Deno.readDirSync(dir)].length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

Deno.test("what happens to volumes is told", async () => {
  const { tsd } = shared;
  const since = String(Date.now() / 1000);
  await tsd.run(["volume", "create", "told"]);
  await sh(["-v", "told:/told"], "true");
  await tsd.run(["volume", "rm", "told"]);
  const { stdout } = await tsd.run([
    ...["events", "--since", since, "--until", "0s", "--filter", "volume=told"],
    ...["--format", "{{.Action}}"],
  ]);
  assert.equal(stdout, "create\nmount\nunmount\ndestroy\n");
});
