import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ images: ["alpine"] });

const OBEDIENT = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done";

/** A disk that the kernel makes read-only when it is told that it is broken; none without loop devices. */
async function loopDevice(image: string): Promise<string | undefined> {
  await hostCommand("truncate", ["-s", "96M", image]);
  await hostCommand("mkfs.ext4", ["-q", image]);
  try {
    return (await hostCommand("losetup", ["--find", "--show", image])).trim();
  } catch {
    return undefined;
  }
}

const missing = await (async () => {
  if (Deno.uid() !== 0) return "needs root";
  const probe = await Deno.makeTempDir({ prefix: "tsd-test-" });
  try {
    const device = await loopDevice(`${probe}/probe`);
    if (device === undefined) return "there are no loop devices here";
    await hostCommand("losetup", ["--detach", device]);
    return undefined;
  } finally {
    await Deno.remove(probe, { recursive: true });
  }
})();

async function state(name: string): Promise<string> {
  const format = "{{.State.Status}} {{.State.ExitCode}}";
  return (await shared.tsd.run(["inspect", "-f", format, name])).stdout.trim();
}

Deno.test({
  name: missing === undefined
    ? "with a disk gone read-only containers are stopped, killed and looked at, and nothing is forgotten"
    : `with a disk gone read-only containers are stopped: ${missing}`,
  ignore: missing !== undefined,
  fn: async () => {
    const { tsd } = shared;
    const image = `${tsd.home}/disk`;
    const device = (await loopDevice(image))!;
    await Deno.mkdir(tsd.root);
    await hostCommand("mount", [device, tsd.root]);
    try {
      await tsd.run(["pull", "-q", shared.image("alpine")]);
      for (const name of ["stopped", "killed", "removed", "ends"]) {
        const script = name === "ends"
          ? "echo ready; while ! [ -e /dev/shm/open ]; do sleep 0.05; done; exit 7"
          : OBEDIENT;
        const args = ["-d", "--name", name, shared.image("alpine"), "sh", "-c", script];
        await tsd.run(["run", ...args]);
        await waitUntil(name, async () => (await tsd.run(["logs", name])).stdout !== "");
      }
      // What was written a moment before is not what this is about.
      await hostCommand("sync", ["-f", tsd.root]);
      // What the kernel does by itself when a disk does not answer.
      await hostCommand("mount", ["-o", "remount,abort", tsd.root]).catch(() => "");
      await assert.rejects(Deno.writeTextFile(`${tsd.root}/probe`, "x"), /[Rr]ead-only/);
      assert.match((await tsd.run(["ps"])).stdout, /killed/);
      const { stdout } = await tsd.run(["exec", "stopped", "sh", "-c", "echo inside; exit 4"], {
        expect: 4,
      });
      assert.equal(stdout, "inside\n");
      await tsd.run(["exec", "ends", "touch", "/dev/shm/open"]);
      await waitUntil("the end", async () => (await state("ends")) === "exited 7");
      assert.equal((await tsd.run(["stop", "stopped"])).stdout, "stopped\n");
      assert.equal(await state("stopped"), "exited 5");
      assert.equal((await tsd.run(["kill", "killed"])).stdout, "killed\n");
      assert.equal(await state("killed"), "exited 137");
      // It is killed; its files cannot go, and that is said.
      const removal = await tsd.run(["rm", "-f", "removed"], { expect: "any" });
      if (removal.code !== 0) assert.match(removal.stderr, /^tsd: .*read-?only/im);
      const { stderr } = await tsd.run(["run", "--rm", shared.image("alpine"), "true"], {
        expect: 125,
      });
      assert.match(stderr, /^tsd: .*read-?only/im);
      assert.doesNotMatch(stderr, /\n\s+at /);
      // The disk is repaired, while nobody has anything open on it.
      const { stdout: pid } = await tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
      if (pid.trim() !== "") Deno.kill(Number(pid), "SIGKILL");
      await waitUntil("the end of all processes", async () => (await tsd.processes()).length === 0);
      await hostCommand("umount", [tsd.root]);
      await hostCommand("sh", ["-c", `fsck.ext4 -fy ${device} >/dev/null 2>&1 || [ $? -lt 4 ]`]);
      await hostCommand("mount", [device, tsd.root]);
      assert.equal(await state("stopped"), "exited 5");
      assert.equal(await state("killed"), "exited 137");
      assert.equal(await state("ends"), "exited 7");
      await tsd.run(["start", "stopped"]);
      await tsd.run(["rm", "-f", "stopped", "killed", "ends"]);
      await tsd.run(["rm", "-f", "removed"], { expect: "any" });
      await tsd.run(["system", "reset", "-f"]);
    } finally {
      await hostCommand("umount", ["--lazy", tsd.root]);
      await hostCommand("losetup", ["--detach", device]);
    }
  },
});
