import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { Tsd } from "./harness/tsd.ts";
import { waitUntil } from "./harness/wait_until.ts";

/** A file system of its own in a file, which limits projects. */
class LimitedDisk implements AsyncDisposable {
  readonly #folder: string;
  /** Where it is mounted. */
  readonly path: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = `${folder}/disk`;
  }

  /** Makes one; nothing where the kernel, or this machine, has no such thing. */
  static async create(): Promise<LimitedDisk | undefined> {
    const disk = new LimitedDisk(await Deno.makeTempDir({ dir: "/var/tmp", prefix: "disk-" }));
    const image = `${disk.#folder}/image`;
    try {
      await Deno.mkdir(disk.path);
      await hostCommand("truncate", ["--size=128M", image]);
      await hostCommand("mkfs.ext4", [
        "-q",
        "-O",
        "project,quota",
        "-E",
        "quotatype=prjquota",
        image,
      ]);
      await hostCommand("mount", ["-o", "loop,prjquota", image, disk.path]);
      return disk;
    } catch (error) {
      await Deno.remove(disk.#folder, { recursive: true });
      // deno-lint-ignore no-console -- the reason belongs in the tests' output.
      console.warn(`skipped: there is no file system that limits projects: ${error}`);
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await hostCommand("umount", [this.path]);
    await Deno.remove(this.#folder, { recursive: true });
  }
}

const FILL = "dd if=/dev/zero of=/file bs=1M count=20 2>/dev/null; stat -c %s /file";

Deno.test("a container's own files take no more than they may, where the file system can", async () => {
  await using disk = await LimitedDisk.create();
  if (disk === undefined) return;
  await using tsd = await Tsd.create();
  const env = { TSD_ROOT: `${disk.path}/root` };
  const run = ["run", "--network", "none", "--rootfs", "/"];
  const size = async (...options: string[]) => {
    const { stdout } = await tsd.run([...run, "--rm", ...options, "sh", "-c", FILL], { env });
    return Number(stdout);
  };
  const limited = await size("--storage-opt", "size=10m");
  assert.ok(limited > 8 << 20 && limited <= 10 << 20, `${limited} bytes`);
  // What belonged to the one is not held against another.
  assert.equal(await size(), 20 << 20);
  assert.equal(await size("--storage-opt", "size=30m"), 20 << 20);
  // The supervisor keeps files of the disk open, and ends when it is asked to.
  for (const { pid } of await tsd.processes()) Deno.kill(pid, "SIGTERM");
  await waitUntil("the supervisor's end", async () => (await tsd.processes()).length === 0);
});

Deno.test("a size is refused where the file system does not limit projects", async () => {
  await using tsd = await Tsd.create();
  const args = ["run", "--network", "none", "--rootfs", "/", "--storage-opt", "size=10m", "true"];
  const { code, stderr } = await tsd.run(args, { expect: "any" });
  // A machine whose own disk does is all right as well.
  if (code !== 0) {
    assert.equal(code, 125);
    assert.match(stderr, /Filesystem does not support, or has not enabled quotas/);
    assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
  }
});
