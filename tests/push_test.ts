import assert from "node:assert/strict";
import { BASIC_AUTHORIZATION } from "./harness/account.ts";
import { type Registry, type RegistryAuth, startRegistry } from "./harness/registry.ts";
import { startRegistryProxy } from "./harness/registry_proxy.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({
  images: ["alpine", "dockerformat", "zstd", "plain", "layers40", "files", "multi"],
  pull: ["alpine", "layers40", "files"],
});

/** Runs a command of tsd and returns its stdout. */
async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout;
}

/** The digest that an image's repository knows it by, and the manifest itself. */
async function rawManifest(name: string): Promise<string> {
  const [, host, repository, tag] = /^([^/]+)\/(.*):([^:]+)$/.exec(name) ?? [];
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: {
      accept: [
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
      ].join(", "),
    },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

/** Writes credentials for a registry where tsd looks for them, for as long as it is held. */
async function loggedIn({ host }: Registry): Promise<AsyncDisposable> {
  const folder = `${shared.tsd.home}/.docker`;
  await Deno.mkdir(folder, { recursive: true });
  const auth = BASIC_AUTHORIZATION.replace("Basic ", "");
  await Deno.writeTextFile(
    `${folder}/config.json`,
    JSON.stringify({ auths: { [host]: { auth } } }),
  );
  return { [Symbol.asyncDispose]: () => Deno.remove(`${folder}/config.json`) };
}

Deno.test("push prints Docker's lines", async () => {
  await using registry = await startRegistry();
  const name = `${registry.host}/team/alpine`;
  await out("tag", shared.image("alpine"), name);
  const begin = `The push refers to repository \\[${name}\\]\\n([0-9a-f]{12}): Preparing\\n`;
  const end = "digest: sha256:[0-9a-f]{64} size: [0-9]+\\n$";
  const first = await out("push", name);
  assert.match(
    first,
    new RegExp(`^Using default tag: latest\\n${begin}\\1: Pushed\\nlatest: ${end}`),
  );
  const second = await out("push", `${name}:latest`);
  assert.match(second, new RegExp(`^${begin}\\1: Layer already exists\\nlatest: ${end}`));
  await out("tag", name, `${registry.host}/other:1`);
  const third = await out("image", "push", `${registry.host}/other:1`);
  assert.match(third, /: Mounted from team\/alpine\n1: digest/);
  assert.equal(await out("push", "-q", name), `${name}:latest\n`);
  await out("tag", name, `${name}:2`);
  const all = await out("push", "-a", name);
  assert.match(
    all,
    new RegExp(`^${begin}\\1: .*\\n2: digest: .*\\n\\1: .*\\n\\1: .*\\nlatest: ${end}`),
  );
  assert.equal(await out("push", "-qa", name), `${name}\n`);
  const digest = /digest: (sha256:\S+) size: (\d+)/.exec(first)!;
  const manifest = await rawManifest(`${name}:latest`);
  assert.equal(manifest.length, Number(digest[2]));
  assert.ok((await out("images", "--digests", name)).includes(digest[1]!));
  for (const one of [name, `${name}:2`, `${registry.host}/other:1`]) await out("rmi", one);
});

Deno.test("push keeps the digest, of every kind of image", async () => {
  await using registry = await startRegistry();
  for (const image of ["alpine", "dockerformat", "zstd", "plain", "layers40", "files"] as const) {
    // Images of the same configuration are one image: the first one's manifest is kept.
    await out("image", "prune", "-af");
    await out("pull", "-q", shared.image(image));
    const name = `${registry.host}/${image}:latest`;
    await out("tag", shared.image(image), name);
    await out("push", "-q", name);
    assert.equal(await rawManifest(name), await rawManifest(shared.image(image)), image);
  }
  await out("image", "prune", "-af");
  for (const image of ["alpine", "layers40", "files"] as const) {
    await out("pull", "-q", shared.image(image));
  }
});

Deno.test("push can be pulled by skopeo and podman, digests equal", async () => {
  await using registry = await startRegistry();
  const name = `${registry.host}/files:latest`;
  await out("tag", shared.image("files"), name);
  const digest = / digest: (\S+) /.exec(await out("push", name))?.[1];
  const { stdout } = await shared.tsd.shell(
    `skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://${name}; ` +
      `skopeo copy -q --src-tls-verify=false docker://${name} dir:$HOME/copy && ls $HOME/copy | wc -l`,
  );
  // Manifest, configuration, layer and version.
  assert.equal(stdout, `${digest}\n4\n`);
  const podman = await shared.tsd.shell(
    `podman --root $HOME/podman --runroot $HOME/podman-run --storage-driver vfs ` +
      `pull -q --tls-verify=false ${name} >/dev/null && ` +
      `podman --root $HOME/podman --runroot $HOME/podman-run --storage-driver vfs ` +
      `inspect --format '{{.Digest}} {{.Id}}' ${name}; ` +
      `podman --root $HOME/podman --runroot $HOME/podman-run --storage-driver vfs rmi -f ${name} >/dev/null`,
    { timeoutMs: 60_000 },
  );
  const id = (await out("inspect", "-f", "{{.Id}}", name)).trim().replace("sha256:", "");
  assert.equal(podman.stdout, `${digest} ${id}\n`, podman.stderr);
  await out("rmi", name);
});

Deno.test("push logs in by basic and by token authentication", async () => {
  for (const auth of ["basic", "token"] as RegistryAuth[]) {
    await using registry = await startRegistry({ auth, anonymousPull: true });
    const name = `${registry.host}/team/alpine:1`;
    await out("tag", shared.image("alpine"), name);
    const refused = await shared.tsd.run(["push", name], { expect: 1 });
    assert.match(
      refused.stderr,
      /^tsd: Cannot push image ".*": push access denied for .*\n$/,
      auth,
    );
    assert.match(refused.stderr, /requires? 'tsd login'/);
    await using _login = await loggedIn(registry);
    assert.match(await out("push", name), /\n1: digest: sha256:/, auth);
    await out("tag", name, `${registry.host}/team/other:1`);
    const mounted = await out("push", `${registry.host}/team/other:1`);
    assert.match(mounted, /Mounted from team\/alpine/, auth);
    await out("rmi", name, `${registry.host}/team/other:1`);
  }
});

Deno.test("push says what it cannot push", async () => {
  const { host } = shared.registry;
  const cases: [args: string[], stderr: string][] = [
    [[`${host}/none`], `An image does not exist locally with the tag: ${host}/none`],
    [["-a", `${host}/none`], `An image does not exist locally with the tag: ${host}/none`],
    [[`${host}/alpine:none`], `tag does not exist: ${host}/alpine:none`],
    [["-a", `${host}/alpine:latest`], "tag can't be used with --all-tags/-a"],
    [[`${host}/alpine@sha256:${"0".repeat(64)}`], "cannot push a digest reference"],
    [["UPPER"], "repository name (library/UPPER) must be lowercase"],
  ];
  for (const [args, expected] of cases) {
    const { stderr } = await shared.tsd.run(["push", ...args], { expect: 1 });
    assert.match(stderr, /^tsd: [^\n]+\n$/);
    assert.ok(stderr.includes(expected), stderr);
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const closed = `127.0.0.1:${port}/alpine`;
  await out("tag", shared.image("alpine"), closed);
  const { stderr } = await shared.tsd.run(["push", closed], { expect: 1 });
  assert.match(stderr, /^tsd: Cannot reach registry "127\.0\.0\.1:\d+": connection refused\n$/);
  await out("rmi", closed);
});

Deno.test("push goes on after Docker's registry failed at each step", async () => {
  await using registry = await startRegistry();
  await using proxy = startRegistryProxy(registry);
  const name = `${proxy.host}/alpine:1`;
  await out("tag", shared.image("alpine"), name);
  const failed = new Set<string>();
  proxy.interference = (request, forward) => {
    const step = `${request.method} ${/uploads|manifests/.exec(request.url)}`;
    if (failed.has(step)) return forward();
    failed.add(step);
    return new Response("busy", { status: 503 });
  };
  assert.match(await out("push", name), /: Pushed\n1: digest/);
  const steps = ["HEAD null", "POST uploads", "PATCH uploads", "GET uploads", "PUT uploads"];
  assert.deepEqual([...failed], [...steps, "PUT manifests"]);
  assert.equal(
    await rawManifest(`${registry.host}/alpine:1`),
    await rawManifest(shared.image("alpine")),
  );
  await out("rmi", name);
});

Deno.test("push leaves no half image behind when it is killed, and completes the next time", async () => {
  await using registry = await startRegistry();
  await using proxy = startRegistryProxy(registry);
  const name = `${proxy.host}/layers40:1`;
  await out("tag", shared.image("layers40"), name);
  for (const step of ["HEAD", "POST", "PUT", "manifests"]) {
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    proxy.interference = async (request, forward) => {
      const isStep = request.method === step || request.url.includes(step);
      if (isStep) {
        resolve();
        await released;
      }
      return await forward();
    };
    const program = shared.tsd.spawn(["push", "-q", name]);
    program.closeStdin();
    await reached;
    program.kill("SIGKILL");
    await program.finish(10_000);
    const answer = await fetch(`http://${registry.host}/v2/layers40/manifests/1`);
    await answer.body?.cancel();
    assert.equal(answer.status, 404, step);
    proxy.interference = undefined;
    release();
  }
  await out("push", "-q", name);
  assert.equal(
    await rawManifest(`${registry.host}/layers40:1`),
    await rawManifest(shared.image("layers40")),
  );
  await out("rmi", name);
});

Deno.test("push ends with 130 on an interrupt", async () => {
  await using registry = await startRegistry();
  await using proxy = startRegistryProxy(registry);
  const name = `${proxy.host}/alpine:1`;
  await out("tag", shared.image("alpine"), name);
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  proxy.interference = async (request, forward) => {
    if (request.method !== "POST") return await forward();
    resolve();
    return await new Promise<Response>((_, reject) =>
      request.signal.addEventListener("abort", () => reject(request.signal.reason))
    ).catch(() => new Response(null, { status: 499 }));
  };
  const program = shared.tsd.spawn(["push", name]);
  program.closeStdin();
  await reached;
  program.kill("SIGINT");
  assert.equal((await program.finish(10_000)).code, 130);
  await out("rmi", name);
});

Deno.test("an image that was pushed runs elsewhere as it did here", async () => {
  await using registry = await startRegistry();
  const name = `${registry.host}/files:copy`;
  const script = "cd /kinds; stat -c '%n|%F|%a|%u:%g|%h|%t:%T|%Y' * | md5sum";
  const before = await out("run", "--rm", shared.image("files"), "sh", "-c", script);
  await out("tag", shared.image("files"), name);
  await out("push", "-q", name);
  await out("rmi", name, shared.image("files"));
  await out("pull", "-q", name);
  assert.equal(await out("run", "--rm", name, "sh", "-c", script), before);
  await out("rmi", name);
});

Deno.test("what a container has changed can be pushed, and runs where it is pulled", async () => {
  await using registry = await startRegistry();
  const name = `${registry.host}/changed:1`;
  const script = "echo new > /new; rm /etc/platform; mkdir -p /d/e; ln /new /d/e/link";
  await out("run", "--name", "changer", shared.image("alpine"), "sh", "-c", script);
  await out("commit", "changer", name);
  const pushed = await out("push", name);
  await out("rm", "changer");
  await out("rmi", name);
  assert.match(await out("pull", name), new RegExp(`Digest: ${/sha256:\S+/.exec(pushed)}\n`));
  const look = "cat /d/e/link; ls /etc/platform 2>&1";
  assert.equal(
    await out("run", "--rm", name, "sh", "-c", `${look}; true`),
    "new\nls: /etc/platform: No such file or directory\n",
  );
  const podman = "podman --root $HOME/podman --runroot $HOME/podman-run --storage-driver vfs";
  const { stdout } = await shared.tsd.shell(
    `${podman} pull -q --tls-verify=false ${name} >/dev/null && ` +
      `${podman} inspect --format '{{.Digest}}' ${name}; ${podman} rmi -f ${name} >/dev/null`,
    { timeoutMs: 60_000 },
  );
  assert.equal(stdout.trim(), `${/sha256:\S+/.exec(pushed)}`);
  await out("rmi", name);
});
