import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured", "files"] });

async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout.trimEnd();
}

// deno-lint-ignore no-explicit-any -- Docker's document
async function inspect(name: string): Promise<any> {
  return JSON.parse(await out("inspect", name))[0];
}

/** Runs a script in a container of an image, and leaves the container. */
async function changed(name: string, image: string, script: string): Promise<void> {
  await out("run", "--name", name, image, "sh", "-c", script);
}

async function inside(image: string, script: string): Promise<string> {
  return await out("run", "--rm", image, "sh", "-c", script);
}

Deno.test("commit keeps what was added, changed and deleted", async () => {
  const image = shared.image("alpine");
  await changed(
    "changes",
    image,
    `mkdir -p /new/deep; echo text > /new/deep/file; chmod 4750 /new/deep/file
     ln /new/deep/file /new/hard; ln -s deep/file /new/soft; mkfifo /new/fifo
     chown 12:34 /new; touch -d @1000000000 /new/soft /new/deep
     rm /etc/passwd; rm -r /home/app; rm -r /srv; mkdir /srv; echo only > /srv/only`,
  );
  const id = await out("commit", "-a", "Somebody", "-m", "a remark", "changes", "made:1");
  assert.match(id, /^sha256:[0-9a-f]{64}$/);
  assert.equal(
    await inside(
      "made:1",
      `cat /new/soft; stat -c '%a %u:%g %h' /new/deep/file /new; stat -c %Y /new/deep
       test -p /new/fifo && echo fifo; ls /etc/passwd /home/app 2>&1 | wc -l; ls /srv
       test /new/hard -ef /new/deep/file && echo same`,
    ),
    "text\n4750 0:0 2\n755 12:34 3\n1000000000\nfifo\n2\nonly\nsame",
  );
  const found = await inspect("made:1");
  assert.equal(found.Id, id);
  assert.equal(found.Author, "Somebody");
  assert.equal(found.Comment, "a remark");
  assert.equal(found.RootFS.Layers.length, 2);
  assert.deepEqual(found.RootFS.Layers.slice(0, 1), (await inspect(image)).RootFS.Layers);
  const steps = (await out("history", "--no-trunc", "--format", "{{.CreatedBy}}|{{.Comment}}", id))
    .split("\n");
  assert.match(steps[0]!, /^sh -c mkdir -p \/new\/deep.*/);
  assert.match(await out("history", "--format", "{{.Comment}}", id), /^a remark/);
  await out("rm", "changes");
  await out("rmi", "made:1");
});

Deno.test("commit writes deletions as OCI has them", async () => {
  await changed("gone", shared.image("alpine"), "rm /etc/passwd; rm -r /srv; mkdir /srv");
  const id = await out("commit", "gone");
  const { RootFS } = await inspect(id);
  const blob = `${shared.tsd.root}/blobs/sha256/${RootFS.Layers[1].slice("sha256:".length)}`;
  const listed = await hostCommand("tar", ["-tf", blob]);
  assert.deepEqual(listed.trimEnd().split("\n"), [
    "etc/",
    "etc/.wh.passwd",
    "srv/",
    "srv/.wh..wh..opq",
  ]);
  await out("rm", "gone");
  await out("rmi", id);
});

Deno.test("commit keeps what the container is, and applies changes to it", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  await out("create", "--name", "conf", "-e", "OWN=1", "-l", "by=me", "-w", "/tmp", image, "go");
  const plain = await inspect(await out("commit", "conf"));
  const before = (await inspect(image)).Config;
  assert.deepEqual(plain.Config, {
    ...before,
    Cmd: ["go"],
    Env: [...before.Env, "OWN=1"],
    Labels: { ...before.Labels, by: "me" },
    WorkingDir: "/tmp",
  });
  assert.equal(plain.RootFS.Layers.length, 1, "nothing changed, so there is no layer");
  const changes = ['CMD ["x"]', "ENV COLOUR=red EXTRA=$OWN", "EXPOSE 99", "USER root"];
  const id = await out("commit", ...changes.flatMap((text) => ["-c", text]), "conf");
  const { Config } = await inspect(id);
  assert.deepEqual([Config.Cmd, Config.User], [["x"], "root"]);
  assert.ok(Config.Env.includes("COLOUR=red") && Config.Env.includes("EXTRA=1"));
  assert.deepEqual(Object.keys(Config.ExposedPorts).sort(), ["53/udp", "80/tcp", "99/tcp"]);
  const wrong = await tsd.run(["commit", "-c", "RUN x", "conf"], { expect: 1 });
  assert.match(wrong.stderr, /run is not a valid change command/);
  await out("rm", "conf");
  await out("rmi", plain.Id, id);
});

Deno.test("commit of the same content gives the same digests", async () => {
  await changed("same", shared.image("alpine"), "echo 1 > /one; mkdir /d; echo 2 > /d/two");
  const first = await inspect(await out("commit", "-m", "x", "same", "first"));
  const second = await inspect(await out("commit", "-m", "x", "same", "second"));
  assert.equal(second.Id, first.Id);
  assert.deepEqual(second.RepoTags, ["first:latest", "second:latest"]);
  const third = await inspect(await out("commit", "-m", "y", "same"));
  assert.notEqual(third.Id, first.Id);
  assert.deepEqual(third.RootFS, first.RootFS);
  await out("rm", "same");
  await out("rmi", "first", "second", third.Id);
});

Deno.test("commit pauses a running container, unless told not to", async () => {
  const { tsd } = shared;
  const since = `${Date.now() / 1000}`;
  await out(
    "run",
    "-d",
    "--name",
    "busy",
    shared.image("alpine"),
    "sh",
    "-c",
    "echo 1 >/f; sleep 600",
  );
  await waitUntil("the file", async () => (await out("diff", "busy")).includes("A /f"));
  await out("commit", "busy", "busy:1");
  await out("commit", "--pause=false", "busy", "busy:2");
  assert.equal(await out("inspect", "-f", "{{.State.Status}}", "busy"), "running");
  assert.equal(await inside("busy:1", "cat /f"), "1");
  const events = await out(
    ...["events", "--since", since, "--until", `${Date.now() / 1000}`],
    ...["--filter", "container=busy", "--format", "{{.Action}}"],
  );
  const actions = events.split("\n").filter((action) => /pause|commit/.test(action));
  assert.deepEqual(actions, ["pause", "unpause", "commit", "commit"]);
  await out("rm", "-f", "busy");
  await tsd.run(["rmi", "busy:1", "busy:2"]);
});

Deno.test("commit carries every kind of file on", async () => {
  const { tsd } = shared;
  const image = shared.image("files");
  // Each file is copied up by a change of its mode and back.
  const touchAll = 'cd /kinds; for f in *; do test -h "$f" || { m=$(stat -c %a "$f"); ' +
    'chmod 7 "$f"; chmod $m "$f"; }; done';
  await changed("kinds", image, touchAll);
  const { RootFS } = await inspect(await out("commit", "kinds", "kinds:1"));
  const layer = `${tsd.root}/layers/${RootFS.Layers[1].slice("sha256:".length)}/kinds`;
  assert.match(await hostCommand("getcap", [`${layer}/capable`]), /cap_net_raw=ep/);
  const colour = await hostCommand("getfattr", [
    "--only-values",
    "-n",
    "user.colour",
    layer + "/attributes",
  ]);
  assert.equal(colour, "blue");
  // A copy of one of two names is a file of its own (overlayfs, "Non-standard behavior").
  const listing = "cd /kinds; find . -exec stat -c '%n|%f|%u|%g|%t|%T|%s|%Y|%N' {} + | sort; " +
    "find . -type f -exec sha256sum {} + | sort";
  const times = (text: string) => text.split("\n").filter((line) => !/^\.\/[^|]*\|41/.test(line));
  assert.deepEqual(times(await inside("kinds:1", listing)), times(await inside(image, listing)));
  const pushed = `${shared.registry.host}/kinds:1`;
  const id = await out("inspect", "-f", "{{.Id}}", "kinds:1");
  await out("tag", "kinds:1", pushed);
  await out("push", "-q", pushed);
  await out("rm", "kinds");
  await out("rmi", "kinds:1", pushed);
  await out("pull", "-q", pushed);
  assert.equal(await out("inspect", "-f", "{{.Id}}", pushed), id);
  assert.deepEqual(times(await inside(pushed, listing)), times(await inside(image, listing)));
  await out("rmi", pushed);
});

Deno.test("commit refuses what cannot be", async () => {
  const { tsd } = shared;
  await out("create", "--name", "base", shared.image("alpine"));
  await out("create", "--name", "folder", "--rootfs", "/", "true");
  const cases = [
    [["nothing"], /No such container: nothing/],
    [["base", "Upper"], /must be lowercase/],
    [["base", `x@sha256:${"0".repeat(64)}`], /digest reference/],
    [["folder"], /has no image/],
  ] as const;
  for (const [args, message] of cases) {
    const { stderr, stdout } = await tsd.run(["commit", ...args], { expect: 1 });
    assert.match(stderr, message);
    assert.equal(stdout, "");
  }
  await out("rm", "base", "folder");
});

Deno.test("a commit that is killed leaves the container running and nothing half-made", async () => {
  const { tsd } = shared;
  const script = "head -c 150000000 /dev/zero > /big; echo done; sleep 600";
  await out("run", "-d", "--name", "large", shared.image("alpine"), "sh", "-c", script);
  await waitUntil("the file", async () => (await out("logs", "large")) === "done");
  const images = await out("images", "-a", "-q");
  const commit = tsd.spawn(["commit", "large", "large:1"]);
  // A command would be too slow to see it.
  const database = new DatabaseSync(`${tsd.root}/state.db`, { readOnly: true });
  const status = database.prepare("SELECT status FROM containers WHERE name = 'large'");
  await waitUntil("the pause", () => status.get()?.status === "paused", { intervalMs: 2 });
  commit.kill("SIGKILL");
  await commit.finish(10_000);
  await waitUntil("the end of the pause", () => status.get()?.status === "running");
  database.close();
  assert.equal(await out("images", "-a", "-q"), images);
  await out("image", "prune", "-f");
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${tsd.root}/incoming`)), []);
  await out("commit", "large", "large:1");
  await out("rm", "-f", "large");
  await out("rmi", "large:1");
});
