import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

Deno.test("--pid, --ipc, --uts and --cgroupns share what they name, and only that", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await using other = await background(
    "namespaces-other",
    ["--ipc", "shareable"],
    "sh",
    "-c",
    "echo > /dev/shm/mark; sleep 100",
  );
  const pid = await state("namespaces-other", "Pid");
  const links = async (of: string) =>
    Object.fromEntries(
      await Promise.all(["pid", "ipc", "uts", "cgroup", "mnt"].map(async (kind) => [
        kind,
        await Deno.readLink(`/proc/${of}/ns/${kind}`),
      ])),
    ) as Record<string, string>;
  const inside = async (...args: string[]) => {
    const script = "for kind in pid ipc uts cgroup mnt; do readlink /proc/self/ns/$kind; done";
    const { stdout } = await tsd.run(["run", "--rm", ...args, image, "sh", "-c", script]);
    const [pid, ipc, uts, cgroup, mnt] = stdout.trim().split("\n");
    return { pid, ipc, uts, cgroup, mnt } as Record<string, string>;
  };
  const host = await links("self");
  const others = await links(pid);
  const same = (one: Record<string, string>, two: Record<string, string>) =>
    Object.keys(one).filter((kind) => one[kind] === two[kind]);
  assert.deepEqual(same(await inside(), host), []);
  const hosts = ["--pid", "host", "--ipc", "host", "--uts", "host", "--cgroupns", "host"];
  assert.deepEqual(same(await inside(...hosts), host), ["pid", "ipc", "uts", "cgroup"]);
  const joined = ["--pid", `container:${other.id}`, "--ipc", "container:namespaces-other"];
  assert.deepEqual(same(await inside(...joined), others), ["pid", "ipc"]);
  const mark = await tsd.run(["run", "--rm", ...joined, image, "ls", "/dev/shm"]);
  assert.equal(mark.stdout, "mark\n");
});

Deno.test("the end of a command in the host's PID namespace is the end of all it started", async () => {
  const { tsd } = shared;
  const script =
    "sleep 7654321 & until grep -q 7654321 /proc/$!/cmdline; do sleep 0.01; done; exit 3";
  const args = ["run", "--rm", "--pid", "host", shared.image("alpine"), "sh", "-c", script];
  await tsd.run(args, { expect: 3 });
  const left =
    (await tsd.run(["run", "--rm", "--pid", "host", shared.image("alpine"), "ps"])).stdout;
  assert.doesNotMatch(left, /7654321/);
});

Deno.test("a namespace that cannot be joined is an error", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const run = (...args: string[]) =>
    tsd.run(["run", "--rm", ...args, image, "true"], { expect: 125 });
  assert.match((await run("--pid", "container:nobody")).stderr, /No such container: nobody/);
  assert.match((await run("--ipc", "strange")).stderr, /invalid IPC mode: strange/);
  assert.match((await run("--uts", "host", "-h", "name")).stderr, /conflicting options: hostname/);
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
  await using _container = await background("namespaces-private", [], "sleep", "100");
  const { stderr } = await run("--ipc", "container:namespaces-private");
  assert.match(stderr, /non-shareable IPC \(hint: use --ipc shareable for the donor container\)$/m);
});
