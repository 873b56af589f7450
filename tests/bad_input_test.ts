import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { buildImage, pushImage, tarDirectory } from "./harness/image.ts";
import { pushFixture } from "./harness/images.ts";
import { startRegistry } from "./harness/registry.ts";
import { type Interference, startRegistryProxy } from "./harness/registry_proxy.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"], images: ["plain", "foreign"] });

/** Asserts that stderr is one line, and that it matches. */
function assertOneLine(stderr: string, pattern: RegExp, what: string): void {
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 1, `${what}:\n${stderr}`);
  assert.ok(pattern.test(stderr), `${what}: ${pattern} is not in\n${stderr}`);
}

/** Asserts that neither a container nor a new image is there. */
async function assertNothingMade(what: string): Promise<void> {
  const { tsd } = shared;
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "", what);
  assert.equal((await tsd.run(["images", "-aq"])).stdout.trim().split("\n").length, 1, what);
}

Deno.test("run refuses bad options with 125 and one line", async () => {
  const image = shared.image("alpine");
  const cases: [options: string[], pattern: RegExp][] = [
    [["-v", "relative/path:/x"], /relative\/path/],
    [["-v", "/no/such/path:/x"], /\/no\/such\/path.*create it first/],
    [["-v", "/tmp:relative"], /relative.*absolute/],
    [["-v", "/tmp:/x:nonsense"], /nonsense/],
    [["-v", "/tmp:/"], /"?\/"?/],
    [["-e", "=value"], /=value/],
    [["-e", ""], /environment variable/],
    [["--env-file", "/no/such/file"], /\/no\/such\/file/],
    [["-u", "nosuchuser"], /nosuchuser/],
    [["-u", "root:nosuchgroup"], /nosuchgroup/],
    [["-u", "-5"], /-5/],
    [["-w", "relative"], /relative.*absolute/],
    [["-w", "/etc/passwd"], /\/etc\/passwd/],
    [["--name", "bad name"], /bad name.*\[a-zA-Z0-9\]\[a-zA-Z0-9_.-\]/],
    [["-h", "bad_host name"], /bad_host name/],
    [["--tmpfs", "relative"], /relative.*absolute/],
    [["--tmpfs", "/x:size=nonsense"], /nonsense/],
    [["--pull", "sometimes"], /sometimes.*always.*missing.*never/],
    [["--platform", "linux/arm64/v8/more"], /linux\/arm64\/v8\/more/],
    [["--network", "nosuchnetwork"], /nosuchnetwork/],
    [["--stop-signal", "SIGNONSENSE"], /SIGNONSENSE/],
    [["--cidfile", "/no/such/dir/cid"], /\/no\/such\/dir\/cid/],
    [["--label", "=x"], /label|=x/],
  ];
  for (const [options, pattern] of cases) {
    const args = ["run", "--rm", ...options, image, "true"];
    const { stdout, stderr } = await shared.tsd.run(args, { expect: 125 });
    assert.equal(stdout, "", options.join(" "));
    assertOneLine(stderr, pattern, options.join(" "));
  }
  await assertNothingMade("after bad options");
});

Deno.test("bad references are refused before anything is asked", async () => {
  const cases = [
    "Upper/Case",
    "alpine:",
    "alpine:bad tag",
    "a//b",
    "-x/y",
    "alpine@sha256:abc",
    "",
  ];
  for (const reference of cases) {
    const { stderr } = await shared.tsd.run(["pull", "--", reference], { expect: 1 });
    assertOneLine(stderr, /reference|must be lowercase|repository name/, reference);
    const run = await shared.tsd.run(["run", "--", reference], { expect: 125 });
    assertOneLine(run.stderr, /reference|must be lowercase|repository name/, reference);
  }
});

Deno.test("unknown objects are named in Docker's words", async () => {
  const cases: [args: string[], pattern: RegExp][] = [
    [["rm", "nosuch"], /No such container: nosuch/],
    [["inspect", "nosuch"], /No such object: nosuch/],
    [["rmi", "nosuch"], /No such image: nosuch:latest/],
    [["image", "inspect", "nosuch"], /No such image: nosuch/],
    [["history", "nosuch"], /No such image: nosuch:latest/],
    [["tag", "nosuch", "x"], /No such image: nosuch:latest/],
  ];
  for (const [args, pattern] of cases) {
    const { stderr } = await shared.tsd.run(args, { expect: 1 });
    assertOneLine(stderr, pattern, args.join(" "));
  }
});

Deno.test("a bad template is refused with its place", async () => {
  for (const format of ["{{.Id", "{{nosuch .Id}}", "{{if .Id}}x", "{{end}}", "{{.NoSuchField}}"]) {
    const args = ["inspect", "--format", format, shared.image("alpine")];
    const { stderr, stdout } = await shared.tsd.run(args, { expect: 1 });
    assert.equal(stdout, "");
    assertOneLine(stderr, /template/i, format);
  }
});

Deno.test("missing and unauthorised repositories", async () => {
  const { tsd } = shared;
  const { host } = shared.registry;
  for (const name of [`${host}/nosuch`, `${host}/alpine:nosuch`]) {
    const pull = await tsd.run(["pull", "-q", name], { expect: 1 });
    assertOneLine(pull.stderr, /not found|manifest unknown|does not exist/, name);
    const run = await tsd.run(["run", "--rm", name], { expect: 125 });
    const [first, second, ...more] = run.stderr.trimEnd().split("\n");
    assert.match(first ?? "", /^Unable to find image '.*' locally$/);
    assert.match(second ?? "", /not found|manifest unknown|does not exist/);
    assert.deepEqual(more, []);
  }
  for (const auth of ["basic", "token"] as const) {
    await using registry = await startRegistry({ auth });
    const image = await pushFixture(registry, "alpine");
    const { stderr } = await tsd.run(["pull", "-q", image], { expect: 1 });
    assertOneLine(stderr, /unauthorized|denied|credentials|login/i, auth);
  }
  await assertNothingMade("after refusals");
});

Deno.test("an image of another architecture says which there are", async () => {
  const { tsd } = shared;
  const image = shared.image("foreign");
  const pull = await tsd.run(["pull", "-q", image], { expect: 1 });
  assertOneLine(pull.stderr, /no matching manifest for linux\/amd64.*linux\/s390x/, "pull");
  const run = await tsd.run(["run", "--rm", "-q", image, "true"], { expect: 125 });
  assert.match(run.stderr, /no matching manifest for linux\/amd64/);
  await assertNothingMade("after a foreign image");
});

Deno.test("a registry that is down or is none", async () => {
  const { tsd } = shared;
  const down = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = down.addr;
  down.close();
  const refused = await tsd.run(["pull", "-q", `127.0.0.1:${port}/x`], { expect: 1 });
  assertOneLine(refused.stderr, new RegExp(`127.0.0.1:${port}.*(refused|connect)`), "down");
  await using other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("<html>hello</html>", { headers: { "content-type": "text/html" } }),
  );
  const name = `127.0.0.1:${other.addr.port}/x`;
  const html = await tsd.run(["pull", "-q", name], { expect: 1 });
  assertOneLine(html.stderr, /127\.0\.0\.1:\d+/, "not a registry");
  assert.doesNotMatch(html.stderr, /TypeError|SyntaxError|Unexpected token/);
});

/** What a registry may do wrong with a layer, and what must be said. */
const DAMAGES: [name: string, interference: Interference, pattern: RegExp][] = [
  ["a corrupt layer", damage((bytes) => bytes.fill(0, 1000, 2000)), /digest|corrupt/],
  ["a truncated layer", damage((bytes) => bytes.subarray(0, 5000)), /digest|truncated|size|bytes/],
  ["a layer with more", damage((bytes) => concatenate(bytes, bytes)), /digest|size|bytes/],
  ["a layer that is missing", missing, /404|not found|BLOB_UNKNOWN|unknown/i],
  ["another manifest", otherManifest, /digest/],
];

function damage(
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Interference {
  return async (request, forward) => {
    const response = await forward();
    if (!request.url.includes("/blobs/") || request.method !== "GET") return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length < 100_000) return new Response(bytes, response);
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    return new Response(change(bytes), { status: response.status, headers });
  };
}

function concatenate(
  first: Uint8Array<ArrayBuffer>,
  second: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

async function missing(request: Request, forward: () => Promise<Response>): Promise<Response> {
  const response = await forward();
  const size = Number(response.headers.get("content-length"));
  if (!request.url.includes("/blobs/") || size < 100_000) return response;
  await response.body?.cancel();
  const error = { code: "BLOB_UNKNOWN", message: "blob unknown to registry" };
  return Response.json({ errors: [error] }, { status: 404 });
}

async function otherManifest(
  request: Request,
  forward: () => Promise<Response>,
): Promise<Response> {
  const response = await forward();
  if (!request.url.includes("/manifests/") || request.method !== "GET") return response;
  return new Response(`${await response.text()}\n`, {
    headers: {
      "content-type": response.headers.get("content-type") ?? "",
      "docker-content-digest": response.headers.get("docker-content-digest") ?? "",
    },
  });
}

Deno.test("what a registry damages is noticed, refused and harmless", async () => {
  const { tsd } = shared;
  await tsd.run(["image", "prune", "-af"]);
  await using proxy = startRegistryProxy(shared.registry);
  for (const [name, interference, pattern] of DAMAGES) {
    proxy.interference = interference;
    const args = ["pull", "-q", `${proxy.host}/plain`];
    const { stderr } = await tsd.run(args, { expect: 1, timeoutMs: 60_000 });
    assertOneLine(stderr, pattern, name);
    assert.equal((await tsd.run(["images", "-aq"])).stdout, "", name);
    proxy.interference = undefined;
    await tsd.run(args);
    const image = `${proxy.host}/plain`;
    assert.equal((await tsd.run(["run", "--rm", image, "echo", "ran"])).stdout, "ran\n", name);
    await tsd.run(["image", "prune", "-af"]);
  }
  await tsd.run(["pull", "-q", shared.image("alpine")]);
});

Deno.test("a layer whose diff ID is wrong is refused", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/file`, "x");
  const image = await buildImage({ layers: [{ tar: await tarDirectory(dir) }] });
  await Deno.remove(dir, { recursive: true });
  const text = new TextDecoder().decode(image.config.bytes);
  const wrong = text.replace(image.diffIds[0] ?? "", `sha256:${"0".repeat(64)}`);
  const { jsonBlob } = await import("./harness/image.ts");
  const config = await jsonBlob(image.config.mediaType, JSON.parse(wrong));
  const manifestText = new TextDecoder().decode(image.manifest.bytes)
    .replace(image.config.digest, config.digest);
  const manifest = await jsonBlob(image.manifest.mediaType, JSON.parse(manifestText));
  await pushImage(shared.registry, "wrongdiff:latest", { ...image, config, manifest });
  const name = `${shared.registry.host}/wrongdiff`;
  const { stderr } = await tsd.run(["pull", "-q", name], { expect: 1 });
  assertOneLine(stderr, /diff ?ID|digest/i, "wrong diff ID");
  await assertNothingMade("after a wrong diff ID");
});

Deno.test("a hostile layer touches nothing outside", async () => {
  const { tsd } = shared;
  const work = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-hostile-" });
  await Deno.writeTextFile(`${work}/victim`, "untouched\n");
  await Deno.mkdir(`${work}/layer/inner`, { recursive: true });
  await Deno.writeTextFile(`${work}/layer/file`, "evil\n");
  await Deno.writeTextFile(`${work}/layer/inner/victim`, "evil\n");
  const up = "../".repeat(20);
  const attacks: [name: string, tar: string[]][] = [
    ["dotdot", [`--transform=s,^./file$,${up.slice(0, -1)}${work}/victim,`]],
    ["absolute", ["--absolute-names", `--transform=s,^./file$,${work}/victim,`]],
    // The symlink comes first; the directory's content then goes "through" it.
    ["symlink", ["--transform=s,^./inner/,link/,rSH"]],
  ];
  await Deno.symlink(work, `${work}/layer/alink`);
  for (const [name, extra] of attacks) {
    if (name === "symlink") await Deno.rename(`${work}/layer/alink`, `${work}/layer/link`);
    const tar = await tarDirectory(`${work}/layer`, extra);
    const image = await buildImage({ layers: [{ tar }], config: { Cmd: ["/x"] } });
    await pushImage(shared.registry, `hostile-${name}:latest`, image);
    await tsd.run(["pull", "-q", `${shared.registry.host}/hostile-${name}`], { expect: "any" });
    assert.equal(await Deno.readTextFile(`${work}/victim`), "untouched\n", name);
  }
  await Deno.remove(work, { recursive: true });
  await tsd.run(["image", "prune", "-af"]);
  await tsd.run(["pull", "-q", shared.image("alpine")]);
});

/** Runs a test with a small tmpfs as the instance's root. */
async function withTmpfs(options: string, body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-tmpfs-" });
  await hostCommand("mount", ["-t", "tmpfs", "-o", options, "none", dir]);
  try {
    await body(dir);
  } finally {
    await hostCommand("umount", [dir]);
    await Deno.remove(dir);
  }
}

Deno.test("no space left: an error, and the store works again with space", async () => {
  // Each runs out of space at another step: download, unpacking, the records.
  for (const size of ["500k", "700k", "1500k", "2500k", "3500k"]) {
    await withTmpfs(`size=${size}`, async (dir) => {
      const env = { TSD_ROOT: dir, TSD_RUN: `${shared.tsd.runDir}/other` };
      const args = ["pull", "-q", shared.image("plain")];
      const { stderr } = await shared.tsd.run(args, { expect: 1, env });
      assertOneLine(stderr, /no space left.*(prune|enlarge|free)/i, size);
      await hostCommand("mount", ["-o", "remount,size=50m", dir]);
      const { stdout } = await shared.tsd.run(args, { env });
      assert.equal(stdout, `${args[2]}\n`);
    });
  }
});

Deno.test("a read-only root is an error", async () => {
  await withTmpfs("size=10m,ro", async (dir) => {
    const env = { TSD_ROOT: dir, TSD_RUN: `${shared.tsd.runDir}/other` };
    const pull = await shared.tsd.run(["pull", "-q", shared.image("plain")], { expect: 1, env });
    assertOneLine(pull.stderr, /[Rr]ead-only file system|EROFS/, "read-only");
    const run = await shared.tsd.run(["run", "--rm", "--rootfs", "/", "true"], {
      expect: 125,
      env,
    });
    assertOneLine(run.stderr, /[Rr]ead-only file system|EROFS/, "read-only");
  });
});

Deno.test("without root there is one line that says so", async () => {
  const { tsd } = shared;
  // In a new user namespace the process is nobody, and may still read the program.
  for (const args of ["run --rm --rootfs / true", "pull alpine", "images", "ps"]) {
    const words = [...tsd.command, ...args.split(" ")].map((word) => `'${word}'`).join(" ");
    const expect = args.startsWith("run") ? 125 : 1;
    const { stderr } = await tsd.shell(`exec unshare --user ${words}`, { expect });
    assertOneLine(stderr, /^(tsd: )?tsd needs root/, args);
  }
});

Deno.test("a broken configuration file is named with the place", async () => {
  const { tsd } = shared;
  for (
    const text of ['{"registry-mirrors": [', '{"registry-mirrors": "x"}', '{"no-such-key": 1}']
  ) {
    await Deno.writeTextFile(tsd.configFile, text);
    const { stderr } = await tsd.run(["images"], { expect: 1 });
    assertOneLine(stderr, /config\.json/, text);
  }
  await tsd.configure({});
});
