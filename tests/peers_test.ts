import assert from "node:assert/strict";
import { isInstalled, type Peer, podman, startDocker } from "./harness/peers.ts";
import { suite } from "./harness/suite.ts";

const stack = new AsyncDisposableStack();
const peers: Peer[] = [];
const PEERS = ["docker", "podman"] as const;
/** Where the tests' own limits are lower than what Podman would set. */
const OPTIONS = {
  docker: [],
  podman: ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
};
const isThere = { docker: await isInstalled("dockerd"), podman: await isInstalled("podman") };
let directory = "";

Deno.test.beforeAll(async () => {
  directory = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-peers-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  for (const peer of [await startDocker(directory, stack), await podman(directory, stack)]) {
    await peer?.run("images");
    if (peer) peers.push(peer);
  }
});

Deno.test.afterAll(async () => {
  await stack.disposeAsync();
});

// After the peers, so that what they make of the host is not taken for this engine's leaks.
const shared = suite({ pull: ["files", "zstd"] });

async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout.trimEnd();
}

for (const name of PEERS) {
  if (!isThere[name]) {
    // deno-lint-ignore no-console -- the reason belongs in the tests' output.
    console.warn(`Exchanging archives with ${name} is not tested: it is not installed`);
  }
  Deno.test({
    name: `archives go to ${name} and come back with the same digests`,
    ignore: !isThere[name],
    fn: async () => {
      const peer = peers.find((peer) => peer.name === name);
      assert.ok(peer, `${name} is installed, but does not start`);
      const { tsd } = shared;
      await out("tag", shared.image("files"), "kinds:1");
      const script = "rm -r /kinds/sticky /etc/passwd; mkdir /new; echo 1 > /new/file; " +
        "ln /new/file /new/link; rm -r /srv; mkdir /srv";
      await out("run", "--name", "changed", "kinds:1", "sh", "-c", script);
      await out("commit", "-c", 'CMD ["cat", "/new/link"]', "changed", "made:1");
      await out("save", "-o", `${tsd.home}/to.tar`, "kinds:1", "made:1", shared.image("zstd"));
      const loaded = await peer.run("load", "-q", "-i", `${tsd.home}/to.tar`);
      assert.match(loaded, /kinds:1[^]*made:1/);
      const prefix = name === "podman" ? "localhost/" : "";
      for (const image of ["kinds:1", "made:1"]) {
        const id = await peer.run("inspect", "-f", "{{.Id}}", prefix + image);
        assert.equal(
          id.replace("sha256:", ""),
          (await out("inspect", "-f", "{{.Id}}", image)).slice(7),
        );
      }
      const run = ["run", "--rm", "--network", "none", ...OPTIONS[name], `${prefix}made:1`];
      assert.equal(await peer.run(...run), "1");
      const look = "ls /etc/passwd /kinds/sticky /srv 2>/dev/null; stat -c '%h %a' /new/file";
      assert.equal(await peer.run(...run, "sh", "-c", look), "/srv:\n2 644");
      const several = name === "podman" ? ["--multi-image-archive"] : [];
      const back = [`${prefix}made:1`, `${prefix}kinds:1`];
      await peer.run("save", ...several, "-o", `${tsd.home}/${name}.tar`, ...back);
      const layers = await out("inspect", "-f", "{{.Id}} {{.RootFS.Layers}}", "made:1", "kinds:1");
      await out("rm", "changed");
      await out("rmi", "-f", "made:1", "kinds:1", shared.image("files"));
      await out("load", "-i", `${tsd.home}/${name}.tar`);
      assert.equal(await out("inspect", "-f", "{{.Id}} {{.RootFS.Layers}}", ...back), layers);
      assert.equal(await out("run", "--rm", `${prefix}made:1`), "1");
      await out("tag", `${prefix}kinds:1`, shared.image("files"));
      await out("rmi", "-f", ...back);
    },
  });
}
