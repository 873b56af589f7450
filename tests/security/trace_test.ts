import assert from "node:assert/strict";
import { giveSubordinateIds } from "../harness/subordinate_ids.ts";
import { suite } from "../harness/suite.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { Folder } from "./_hostile_root.ts";

const shared = suite({ pull: ["alpine"] });

/** Looks at whatever appears, as who may trace it does: a root that is the host's, a program of ours. */
const watch = (mark: string) =>
  "echo ready > /out/ready; while :; do for p in /proc/[0-9]*; do " +
  `[ -e $p/root${mark} ] && echo host root; readlink $p/exe | grep deno; ` +
  "done 2>/dev/null; done > /out/log";

for (const remapped of [true, false]) {
  const users = remapped ? "with userns-remap" : "without a user namespace";
  Deno.test(`whoever may trace in a PID namespace finds nothing of ours that joins it (${users})`, async () => {
    const { tsd } = shared;
    if (remapped) {
      await giveSubordinateIds(tsd, "tsdtrace", { first: 300_000, count: 65_536 });
      await tsd.configure({ "userns-remap": "tsdtrace" });
    } else await tsd.configure({});
    const image = shared.image("alpine");
    await using out = new Folder();
    await Deno.chmod(out.path, 0o777);
    // Everybody may see it who has the host's root directory.
    const mark = await Deno.makeTempFile({ dir: "/var/tmp", prefix: "tsd-test-mark-" });
    await Deno.chmod(mark, 0o644);
    const options = ["--cap-add", "SYS_PTRACE", "-v", `${out.path}:/out`];
    const log = async () => await Deno.readTextFile(`${out.path}/log`);
    try {
      await tsd.run(["run", "-d", "--name", "tracer", ...options, image, "sh", "-c", watch(mark)]);
      await waitUntil("the watcher", async () => {
        return await Deno.readTextFile(`${out.path}/ready`).catch(() => "") !== "";
      });
      for (let round = 0; round < 4; round++) {
        const join = ["--pid", "container:tracer", ...round % 2 === 0 ? [] : ["-t"]];
        await tsd.run(["run", "--rm", ...join, image, "true"]);
        if (remapped) await tsd.run(["exec", "tracer", "true"]);
      }
      // The first that is done lets nobody go on for the others.
      await Promise.all(
        Array.from(
          { length: 4 },
          () => tsd.run(["run", "--rm", "--pid", "container:tracer", image, "true"]),
        ),
      );
      assert.equal(await log(), "");
      // It goes on: nobody has left it standing still.
      const before = (await tsd.run(["exec", "tracer", "cat", "/proc/1/stat"])).stdout;
      await waitUntil("the watcher to go on", async () => {
        return (await tsd.run(["exec", "tracer", "cat", "/proc/1/stat"])).stdout !== before;
      });
    } finally {
      await tsd.run(["rm", "-f", "tracer"]);
      await Deno.remove(mark);
    }
  });
}
