// deno-lint-ignore-file no-sync-fn-in-async-fn -- a test may wait
import assert from "node:assert/strict";
import { commandsOf } from "./harness/commands.ts";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { supervisorOf } from "./harness/supervisor.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { failure, sh } = commandsOf(shared);

/** The content of a volume, as the host sees it. */
const data = (name: string) => `${shared.tsd.root}/volumes/${name}/_data`;

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
  const supervisor = await supervisorOf(tsd);
  Deno.kill(supervisor, "SIGKILL");
  await waitUntil("the supervisor's end", async () => {
    return !(await tsd.processes(false)).some(({ pid }) => pid === supervisor);
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
