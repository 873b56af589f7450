import assert from "node:assert/strict";
import { ACCOUNT, BASIC_AUTHORIZATION } from "./harness/account.ts";
import { alpineImage, LONG_NAME, pushFixture } from "./harness/images.ts";
import { pushImage } from "./harness/image.ts";
import { type RegistryAuth, startRegistry } from "./harness/registry.ts";
import { startRegistryProxy } from "./harness/registry_proxy.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({
  images: ["alpine", "dockerformat", "zstd", "plain", "layers40", "files", "multi"],
});

/** Runs a command of tsd and returns its stdout. */
async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout;
}

/** Removes every image, so that the next pull downloads again. */
async function forgetImages(): Promise<void> {
  await out("image", "prune", "-af");
}

Deno.test("pull ends with Docker's lines", async () => {
  const image = shared.image("alpine");
  const name = image.replace(":latest", "");
  const first = await out("pull", name);
  assert.match(first, /^Using default tag: latest\nlatest: Pulling from alpine\n/);
  assert.match(first, /\n[0-9a-f]{12}: Pull complete\n/);
  const tail = (status: string) =>
    new RegExp(`\\nDigest: sha256:[0-9a-f]{64}\\nStatus: ${status} ${image}\\n${image}\\n$`);
  assert.match(first, tail("Downloaded newer image for"));
  const second = await out("pull", image);
  assert.match(second, tail("Image is up to date for"));
  assert.doesNotMatch(second, /default tag|Pull complete/);
  assert.equal(await out("image", "pull", "-q", image), `${image}\n`);
});

Deno.test("pull takes gzip, zstd and plain layers and Docker's media types", async () => {
  for (const name of ["alpine", "dockerformat", "zstd", "plain"] as const) {
    await forgetImages();
    await out("pull", "-q", shared.image(name));
    const text = await out("run", "--rm", shared.image(name), "cat", "/etc/platform");
    assert.equal(text, "linux/amd64\n", name);
  }
});

Deno.test("pull applies 40 layers with overwrites, whiteouts and opaque directories", async () => {
  const image = shared.image("layers40");
  await out("pull", "-q", image);
  const script = "cat /counter; ls /files | wc -l; ls /files/5 2>&1; ls -A /hidden; cat /folder; " +
    "ls -d /gone 2>&1; find / -xdev -name '.wh*'";
  assert.equal(
    await out("run", "--rm", image, "sh", "-c", script),
    "39\n38\nls: /files/5: No such file or directory\nnew\nnow a file\n" +
      "ls: /gone: No such file or directory\n",
  );
});

Deno.test("pull keeps every kind of file and its metadata", async () => {
  const image = shared.image("files");
  await out("pull", "-q", image);
  const script = "cd /kinds; stat -c '%n|%F|%a|%u:%g|%h|%t:%T' * | grep -v nnnnn; " +
    "stat -c '%n %Y' old sticky; readlink relative; readlink dangling; cat grüße*; cat ddd*/*/*; " +
    "[ first -ef second ] && echo same; ls | grep -c nnnn";
  const stdout = await out("run", "--rm", "-e", "LANG=C.UTF-8", image, "sh", "-c", script);
  const expected = [
    "attributes|regular file|644|0:0|1|0:0",
    "capable|regular file|644|0:0|1|0:0",
    "dangling|symbolic link|777|0:0|1|0:0",
    "disk|block special file|644|0:0|1|7:c8",
    "empty|regular empty file|644|0:0|1|0:0",
    "fifo|fifo|644|0:0|1|0:0",
    "first|regular file|644|0:0|2|0:0",
    "null|character special file|644|0:0|1|1:3",
    "old|regular file|644|0:0|1|0:0",
    "owned|regular file|644|1234:4321|1|0:0",
    "relative|symbolic link|777|0:0|1|0:0",
    "second|regular file|644|0:0|2|0:0",
    "setgid|regular file|2711|0:0|1|0:0",
    "setuid|regular file|4755|0:0|1|0:0",
    "old 86400",
    "sticky 1000000000",
    "first",
    "/nowhere/at all",
    "non-ASCII",
    "deep",
    "same",
    "1",
  ];
  const lines = stdout.split("\n");
  for (const line of expected) assert.ok(lines.includes(line), `${line} is missing in\n${stdout}`);
  assert.equal(LONG_NAME.length, 250);
});

Deno.test("pull keeps extended attributes and file capabilities", async () => {
  const image = shared.image("files");
  await out("pull", "-q", image);
  // busybox has no getfattr: the host reads the layer.
  const layers = await Array.fromAsync(Deno.readDir(`${shared.tsd.root}/layers`));
  const dirs = layers.map(({ name }) => `${shared.tsd.root}/layers/${name}`);
  const script = `getfattr -RPhd -m '^(user|security)' --absolute-names ${dirs.join(" ")}`;
  const { stdout } = await shared.tsd.shell(script);
  assert.match(stdout, /\/kinds\/attributes\nuser\.colour="blue"/);
  assert.match(stdout, /\/kinds\/capable\nsecurity\.capability=0sAQAAAgAgAAAAAAAAAAAAAAAAAAA=/);
});

Deno.test("pull --platform picks from an index", async () => {
  const image = shared.image("multi");
  const cases = [["linux/arm64", "arm64"], ["linux/arm/v7", "arm"], ["linux/amd64", "amd64"]];
  for (const [platform = "", architecture] of cases) {
    await out("pull", "-q", "--platform", platform, image);
    assert.equal(await out("inspect", "-f", "{{.Architecture}}", image), `${architecture}\n`);
  }
});

Deno.test("pull takes a digest, alone and with a tag", async () => {
  const image = shared.image("alpine");
  await out("pull", "-q", image);
  const digest = (await out("inspect", "-f", "{{index .RepoDigests 0}}", image)).trim();
  await forgetImages();
  const text = await out("pull", digest);
  assert.ok(text.endsWith(`Status: Downloaded newer image for ${digest}\n${digest}\n`), text);
  assert.equal(await out("images", "--format", "{{.Tag}}"), "<none>\n");
  assert.equal(await out("run", "--rm", digest, "echo", "ran"), "ran\n");
  await out("pull", "-q", image.replace(/:latest$/, `:latest@${digest.split("@")[1]}`));
});

Deno.test("pull fetches a layer that exists not again, nor asks for it", async () => {
  await forgetImages();
  await using proxy = startRegistryProxy(shared.registry);
  await out("pull", "-q", `${proxy.host}/alpine`);
  const blobs = () => proxy.requests.filter((request) => /^GET .*\/blobs\//.test(request)).length;
  assert.equal(blobs(), 2);
  // The same configuration and layer under other media types.
  await out("pull", "-q", `${proxy.host}/dockerformat`);
  assert.equal(blobs(), 2);
  proxy.requests.length = 0;
  await out("pull", "-q", `${proxy.host}/alpine`);
  assert.equal(blobs(), 0);
});

Deno.test("pull resumes a broken transfer where it broke", async () => {
  await forgetImages();
  await using proxy = startRegistryProxy(shared.registry);
  const ranges: (string | null)[] = [];
  proxy.interference = async (request, forward) => {
    const response = await forward();
    const size = Number(response.headers.get("content-length"));
    if (!request.url.includes("/blobs/") || size < 100_000) return response;
    ranges.push(request.headers.get("range"));
    if (ranges.length > 1) return response;
    return new Response(breakAfter(response.body, size / 2), response);
  };
  await out("pull", "-q", `${proxy.host}/alpine`);
  assert.equal(ranges.length, 2);
  assert.equal(ranges[0], null);
  const from = Number(/^bytes=(\d+)-/.exec(ranges[1] ?? "")?.[1]);
  assert.ok(from > 0, `${ranges}`);
  assert.equal(await out("run", "--rm", `${proxy.host}/alpine`, "echo", "ran"), "ran\n");
});

/** Passes some bytes on and ends, short of what was announced. */
function breakAfter(
  body: ReadableStream<Uint8Array> | null,
  bytes: number,
): ReadableStream<Uint8Array> {
  assert.ok(body);
  let left = bytes;
  return body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        if (left <= 0) return controller.terminate();
        controller.enqueue(chunk.subarray(0, left));
        left -= chunk.length;
      },
    }),
  );
}

Deno.test("pull tries again after 429 and 503, no sooner than asked", async () => {
  await forgetImages();
  await using proxy = startRegistryProxy(shared.registry);
  const refused: number[] = [];
  proxy.interference = (request, forward) => {
    if (!request.url.includes("/manifests/") || refused.length >= 2) return forward();
    refused.push(performance.now());
    const status = refused.length === 1 ? 429 : 503;
    return new Response("busy", { status, headers: { "retry-after": "1" } });
  };
  await out("pull", "-q", `${proxy.host}/alpine`);
  assert.equal(refused.length, 2);
  assert.ok((refused[1] ?? 0) - (refused[0] ?? 0) >= 990, "the first Retry-After was honoured");
});

Deno.test("two pulls at once do the work once", async () => {
  await forgetImages();
  await using proxy = startRegistryProxy(shared.registry);
  const image = `${proxy.host}/layers40`;
  await Promise.all([1, 2, 3].map(() => out("pull", "-q", image)));
  const blobs = proxy.requests.filter((request) => /^GET .*\/blobs\//.test(request));
  const twice = blobs.filter((request, at) => blobs.indexOf(request) !== at);
  // Each pull may read the configuration for itself; layers are fetched by one of them.
  assert.ok(new Set(twice).size <= 1, `fetched twice: ${twice}`);
  assert.equal(await out("run", "--rm", image, "cat", "/counter"), "39\n");
});

Deno.test("pull logs in with the credentials of Docker's configuration", async () => {
  const { tsd } = shared;
  await Deno.mkdir(`${tsd.home}/.docker`, { recursive: true });
  const config = `${tsd.home}/.docker/config.json`;
  for (const auth of ["basic", "token"] as RegistryAuth[]) {
    await using registry = await startRegistry({ auth });
    const image = await pushFixture(registry, "alpine");
    const refused = await tsd.run(["pull", image], { expect: 1 });
    assert.match(refused.stderr, /unauthorized|denied|credentials/i, auth);
    const encoded = BASIC_AUTHORIZATION.replace("Basic ", "");
    await Deno.writeTextFile(
      config,
      JSON.stringify({ auths: { [registry.host]: { auth: encoded } } }),
    );
    await out("pull", "-q", image);
    await Deno.remove(config);
  }
});

Deno.test("pull asks credential helpers", async () => {
  const { tsd } = shared;
  const bin = `${tsd.home}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  await Deno.mkdir(`${tsd.home}/.docker`, { recursive: true });
  const answer = JSON.stringify({ Username: ACCOUNT.username, Secret: ACCOUNT.password });
  const helper = `${bin}/docker-credential-tsdtest`;
  await Deno.writeTextFile(helper, `#!/bin/sh\ncat > ${bin}/asked\necho '${answer}'\n`);
  await Deno.chmod(helper, 0o755);
  await using registry = await startRegistry({ auth: "basic" });
  const image = await pushFixture(registry, "alpine");
  const configs = [{ credHelpers: { [registry.host]: "tsdtest" } }, { credsStore: "tsdtest" }];
  for (const config of configs) {
    await Deno.writeTextFile(`${tsd.home}/.docker/config.json`, JSON.stringify(config));
    await tsd.run(["pull", "-q", image], { env: { PATH: `${bin}:${tsd.env.PATH}` } });
    assert.equal((await Deno.readTextFile(`${bin}/asked`)).trim(), registry.host);
    await Deno.remove(`${bin}/asked`);
  }
  await Deno.remove(`${tsd.home}/.docker`, { recursive: true });
});

Deno.test("pull gets a token without credentials where the registry allows it", async () => {
  await using registry = await startRegistry({ auth: "token", anonymousPull: true });
  const image = await pushFixture(registry, "alpine");
  assert.equal(await out("pull", "-q", image), `${image}\n`);
});

Deno.test("pull asks a mirror first for images without a registry", async () => {
  const { tsd } = shared;
  await pushImage(shared.registry, "library/alpine:latest", await alpineImage({}));
  await tsd.configure({ "registry-mirrors": [`http://${shared.registry.host}`] });
  const text = await out("pull", "alpine");
  assert.match(text, /^Using default tag: latest\nlatest: Pulling from library\/alpine\n/);
  assert.ok(text.endsWith("image for alpine:latest\ndocker.io/library/alpine:latest\n"), text);
  assert.equal(
    await out("images", "--format", "{{.Repository}}:{{.Tag}}", "alpine"),
    "alpine:latest\n",
  );
  assert.equal(await out("run", "--rm", "docker.io/alpine", "echo", "ran"), "ran\n");
  await tsd.configure({});
});
