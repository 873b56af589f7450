import assert from "node:assert/strict";
import { findLeaks, readHostState } from "./leaks.ts";
import { hostCommand } from "./host_command.ts";
import { waitUntil } from "./wait_until.ts";

Deno.test("findLeaks() finds a process of another PID namespace by its environment", async () => {
  const before = await readHostState();
  const child = new Deno.Command("unshare", {
    args: ["--pid", "--fork", "--kill-child", "sleep", "60"],
    env: { INSTANCE: "leaks-test-mark" },
    stdout: "piped",
  }).spawn();
  // Only then does the end of its parent end it.
  await waitUntil("the process to be found", async () => {
    const leaks = findLeaks(before, await readHostState(), "leaks-test-mark", "tsd");
    return leaks.some((leak) => /^process \d+ sleep/.test(leak));
  });
  child.kill("SIGKILL");
  await child.output();
});

Deno.test("findLeaks() finds mounts, links, cgroups and files", async () => {
  const before = await readHostState();
  const after = {
    ...before,
    mounts: [...before.mounts, "/run/leaks-test-mark/exe /dev/sda ext4"],
    links: [...before.links, "veth-leaks-test-mark"],
    emptyCgroups: [...before.emptyCgroups, "/sys/fs/cgroup/tsd/abc"],
    files: [...before.files, "/run/tsd-of-leaks-test-mark"],
  };
  assert.deepEqual(
    findLeaks(before, after, "leaks-test-mark", "tsd").map((leak) => leak.split(" ")[0]),
    [
      "mount",
      "link",
      "cgroup",
      "file",
    ],
  );
  assert.deepEqual(findLeaks(before, before, "leaks-test-mark", "tsd"), []);
});

Deno.test("readHostState() sees a mount", async () => {
  const dir = await Deno.makeTempDir({ prefix: "tsd-test-" });
  await hostCommand("mount", ["-t", "tmpfs", "none", dir]);
  const { mounts } = await readHostState();
  await hostCommand("umount", [dir]);
  await Deno.remove(dir);
  assert.ok(mounts.includes(`${dir} none tmpfs`));
});
