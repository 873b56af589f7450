import assert from "node:assert/strict";
import { startRegistryProxy } from "./harness/registry_proxy.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ images: ["alpine", "layers40", "files"], pull: ["alpine"] });

/** Runs a command of tsd and returns its stdout. */
async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout;
}

/** The lines of a text. */
function lines(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

Deno.test("version and info answer Docker's templates", async () => {
  const { tsd } = shared;
  const version = (await out("--version")).match(/\d+\.\d+\.\d+/)?.[0];
  assert.equal(
    await out("version", "-f", "{{.Server.Version}} {{.Client.Version}} {{.Server.Os}}"),
    `${version} ${version} linux\n`,
  );
  assert.match(await out("version"), /^Client:\n Version: +\d[^]*\nServer:\n Engine:\n/);
  assert.equal(JSON.parse(await out("version", "--format", "json")).Client.Version, version);
  const format = "{{.ServerVersion}} {{.Driver}} {{.DockerRootDir}} {{.NCPU}} {{.OSType}} " +
    "{{.Containers}} {{.ContainersRunning}} {{.Images}}";
  assert.equal(
    await out("info", "--format", format),
    `${version} overlay ${tsd.root} ${navigator.hardwareConcurrency} linux 0 0 1\n`,
  );
  const text = await out("system", "info");
  for (const line of [" Containers: 0", "  Running: 0", " Images: 1", " Cgroup Version: [12]"]) {
    assert.match(text, new RegExp(`\n${line}\n`));
  }
  assert.match(text, /\n Storage Driver: overlay\n {2}Backing Filesystem: \S+\n {2}Usable: true\n/);
  assert.match(
    text,
    /\n Security Options:\n(?: {2}apparmor\n)? {2}seccomp\n {3}Profile: builtin\n/,
  );
  assert.equal(JSON.parse(await out("info", "-f", "json")).KernelVersion, Deno.osRelease());
  const { stderr } = await tsd.run(["info", "-f", "{{.Nope}}"], { expect: 1 });
  assert.match(stderr, /can't evaluate field Nope/);
});

Deno.test("info counts containers by what they do, and shows registries", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.configure({
    "insecure-registries": ["lab.example:5000", "10.0.0.0/8"],
    "registry-mirrors": ["https://mirror.example"],
  });
  const run = async () => (await out("run", "-d", image, "sleep", "1000")).trim();
  const ids = [await run(), await run()];
  ids.push((await out("create", image)).trim());
  await out("pause", ids[1]!);
  const format = "{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} " +
    "{{.ContainersStopped}}";
  assert.equal(await out("info", "-f", format), "3 1 1 1\n");
  const text = await out("info");
  assert.match(text, /\n Insecure Registries:\n {2}lab\.example:5000\n {2}::1\/128\n/);
  assert.match(text, /\n Registry Mirrors:\n {2}https:\/\/mirror\.example\n/);
  await out("rm", "-f", ...ids);
  await Deno.remove(tsd.configFile);
});

Deno.test("system df counts images, containers and volumes, and what can go", async () => {
  const image = shared.image("alpine");
  await out("volume", "create", "data");
  await out(
    "run",
    "--name",
    "writer",
    "-v",
    "data:/data",
    image,
    "sh",
    "-c",
    "head -c 50000 /dev/zero > /file; head -c 7000 /dev/zero > /data/file",
  );
  const running = (await out("run", "-d", image, "sleep", "1000")).trim();
  const rows = lines(
    await out(
      "system",
      "df",
      "--format",
      "{{.Type}}|{{.TotalCount}}|{{.Active}}|{{.Size}}|{{.Reclaimable}}",
    ),
  );
  const size = (await out("images", "--format", "{{.Size}}")).trim();
  assert.match(rows[0]!, new RegExp(`^Images\\|1\\|1\\|${size.slice(0, 3)}.*\\|0B \\(0%\\)$`));
  assert.deepEqual(rows.slice(1, 4), [
    "Containers|2|1|50kB|50kB (100%)",
    "Local Volumes|1|1|7kB|0B (0%)",
    "Build Cache|0|0|0B|0B",
  ]);
  assert.match(rows[4]!, /^Blobs\|\d+\|\d+\|\S+\|0B \(0%\)$/);
  const table = await out("system", "df");
  assert.match(table, /^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages +1 +1 /);
  const verbose = await out("system", "df", "-v");
  assert.match(
    verbose,
    /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS\n/,
  );
  assert.match(verbose, /\n127\.0\.0\.1:\d+\/alpine +latest +[0-9a-f]{12} .* 0B +\S+ +2\n/);
  assert.match(
    verbose,
    /\nContainers space usage:\n\nCONTAINER ID +IMAGE +COMMAND +LOCAL VOLUMES +SIZE +CREATED +STATUS +NAMES\n/,
  );
  assert.match(verbose, / 1 +50kB +\S.* writer\n/);
  assert.match(verbose, /\nVOLUME NAME +LINKS +SIZE\ndata +1 +7kB\n/);
  const objects = JSON.parse(await out("system", "df", "-v", "--format", "json"));
  assert.deepEqual(objects.Images.map((one: { Containers: string }) => one.Containers), ["2"]);
  await out("rm", "-f", running, "writer");
  await out("volume", "rm", "data");
});

Deno.test("system prune removes what nothing needs, and asks before", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await out("tag", image, "kept:1");
  const anonymous = (await out("volume", "create")).trim();
  await out("volume", "create", "named");
  await out("network", "create", "unused");
  const stopped = (await out("create", image)).trim();
  const running = (await out("run", "-d", image, "sleep", "1000")).trim();
  const asked = await tsd.run(["system", "prune"], { stdin: "n\n" });
  assert.equal(
    asked.stdout,
    "WARNING! This will remove:\n  - all stopped containers\n" +
      "  - all networks not used by at least one container\n  - all dangling images\n\n" +
      "Are you sure you want to continue? [y/N] ",
  );
  const { stdout } = await tsd.run(["system", "prune", "-a", "--volumes", "--filter", "label=no"], {
    stdin: "y\n",
  });
  assert.match(
    stdout,
    /\n {2}- all anonymous volumes not used by at least one container\n {2}- all images without at least one container associated to them\n\n {2}Items to be pruned will be filtered with:\n {2}- label=no\n\nAre you/,
  );
  assert.match(stdout, /\[y\/N\] Total reclaimed space: 0B\n$/);
  const volumes = await tsd.run(["system", "prune", "-f", "--volumes"]);
  assert.match(
    volumes.stdout,
    new RegExp(
      `^Deleted Containers:\n${stopped}\n\nDeleted Networks:\nunused\n\nDeleted Volumes:\n${anonymous}\n\nTotal reclaimed space: `,
    ),
  );
  assert.equal(await out("volume", "ls", "-q"), "named\n");
  const wrong = [
    [["--volumes", "--filter", "until=1h"], 'The "until" filter is not supported with "--volumes"'],
    [["--filter", "until=x"], 'failed to parse value as time or duration: "x"'],
    [["--filter", "nope=1"], "invalid filter 'nope'"],
  ] as const;
  for (const [args, expected] of wrong) {
    const { stderr } = await tsd.run(["system", "prune", "-f", ...args], { expect: 1 });
    assert.ok(stderr.includes(expected), stderr);
  }
  await out("rm", "-f", running);
  const all = await out("system", "prune", "-af");
  assert.match(
    all,
    /^Deleted Images:\nuntagged: [^]*\ndeleted: sha256:[^]*\n\nTotal reclaimed space: \S+B\n$/,
  );
  await out("volume", "rm", "named");
  assert.equal(await out("images", "-q"), "");
  await out("pull", "-q", image);
});

Deno.test("system check finds damage, and repairs it", async () => {
  const { tsd } = shared;
  const image = shared.image("files");
  await out("pull", "-q", image);
  assert.match(
    await out("system", "check"),
    /^Checked 2 images, \d+ blobs, \d+ layers, 0 containers, 0 volumes: 0 problems\n$/,
  );
  // Each kind of file: a damaged layer must be as it was afterwards.
  const script =
    "find /kinds | sort | while read -r f; do stat -c '%n %F %a %u:%g %h %s %t:%T' \"$f\"; done | md5sum; cat /kinds/first";
  const before = await out("run", "--rm", image, "sh", "-c", script);
  const { stdout: path } = await tsd.shell("ls -d $TSD_ROOT/layers/*/kinds");
  await Deno.writeTextFile(`${path.trim()}/first`, "broken\n");
  await tsd.shell("for blob in $TSD_ROOT/blobs/sha256/*; do echo broken > $blob; break; done");
  const stray = `${tsd.root}/containers/${"f".repeat(64)}`;
  await Deno.mkdir(stray, { recursive: true });
  const found = await tsd.run(["system", "check"], { expect: 1 });
  assert.match(
    found.stdout,
    /^problem: blob sha256:[0-9a-f]{64}: damaged: its content has digest/m,
  );
  assert.match(
    found.stdout,
    new RegExp(`^problem: folder ${stray}: belongs to no container$`, "m"),
  );
  assert.match(found.stdout, /: [23] problems\n$/);
  assert.notEqual(await out("run", "--rm", image, "sh", "-c", script), before);
  const repaired = await out("system", "check", "--repair");
  assert.match(repaired, /^repaired: blob sha256:[0-9a-f]{64}: damaged: .* \(.+\)$/m);
  assert.match(
    repaired,
    /^repaired: layer sha256:[0-9a-f]{64}: damaged: "\/kinds\/first" has .* \(unpacked again\)$/m,
  );
  assert.match(repaired, /: 0 problems, 3 repaired\n$/);
  assert.match(await out("system", "check"), /: 0 problems\n$/);
  assert.equal(await out("run", "--rm", image, "sh", "-c", script), before);
});

Deno.test("system check finds containers and volumes without a folder", async () => {
  const { tsd } = shared;
  const id = (await out("create", "--name", "lost", shared.image("alpine"))).trim();
  await out("volume", "create", "gone");
  await out("volume", "create", "orphan");
  await Deno.remove(`${tsd.root}/containers/${id}`, { recursive: true });
  await Deno.remove(`${tsd.root}/volumes/gone`, { recursive: true });
  await Deno.rename(`${tsd.root}/volumes/orphan`, `${tsd.root}/volumes/renamed`);
  await out("volume", "rm", "orphan");
  const found = await tsd.run(["system", "check"], { expect: 1 });
  assert.deepEqual(
    lines(found.stdout).slice(0, 3).map((line) => line.replaceAll(tsd.root, "ROOT")),
    [
      `problem: container lost (${id.slice(0, 12)}): "ROOT/containers/${id}" is missing`,
      "problem: volume gone: its folder, and so what was in it, is missing",
      "problem: volume renamed: its folder is there and its record is not",
    ],
  );
  assert.match(await out("system", "check", "--repair"), /: 0 problems, 3 repaired\n$/);
  assert.equal(await out("ps", "-aq"), "");
  assert.equal(await out("volume", "ls", "-q"), "gone\nrenamed\n");
  assert.match(await out("system", "check"), /: 0 problems\n$/);
  await out("volume", "rm", "gone", "renamed");
});

Deno.test("system check --repair that is killed leaves nothing worse, and the next one completes", async () => {
  const { tsd } = shared;
  await using proxy = startRegistryProxy(shared.registry);
  const image = `${proxy.host}/layers40`;
  await out("image", "prune", "-af");
  await out("pull", "-q", image);
  const folders = () => Array.fromAsync(Deno.readDir(`${tsd.root}/layers`));
  const count = (await folders()).length;
  for (const { name } of (await folders()).slice(0, 20)) {
    await Deno.remove(`${tsd.root}/layers/${name}`, { recursive: true });
  }
  await tsd.shell("cd $TSD_ROOT/blobs/sha256 && for b in $(ls | head -20); do echo x > $b; done");
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let asked = 0;
  proxy.interference = async (_request, forward) => {
    if (++asked < 10) return await forward();
    resolve();
    await released;
    return new Response("too late", { status: 503 });
  };
  const program = tsd.spawn(["system", "check", "--repair"]);
  program.closeStdin();
  await reached;
  program.kill("SIGKILL");
  await program.finish(10_000);
  proxy.interference = undefined;
  release();
  const repaired = await tsd.run(["system", "check", "--repair"], { timeoutMs: 60_000 });
  assert.match(repaired.stdout, /: 0 problems, \d+ repaired\n$/);
  assert.equal((await folders()).length, count);
  assert.match(await out("system", "check"), /: 0 problems\n$/);
  assert.equal(await out("run", "--rm", image, "cat", "/counter"), "39\n");
});
