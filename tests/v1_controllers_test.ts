import assert from "node:assert/strict";
import { Tsd } from "./harness/tsd.ts";

const CONTROLLERS = ["hugetlb", "net_cls", "net_prio"];

/** Why these controllers cannot be had for a while, each in a hierarchy of its own. */
async function missing(): Promise<string | undefined> {
  const layout = await Deno.readTextFile("/proc/self/mountinfo");
  if (!layout.includes(" - cgroup ")) return "this is no cgroup v1 host";
  const controllers = await Deno.readTextFile("/proc/cgroups");
  const taken = CONTROLLERS.filter((name) =>
    !new RegExp(`^${name}\t0\t\\d+\t1$`, "m").test(controllers)
  );
  return taken.length > 0 ? `the kernel lacks, or the host uses, ${taken.join(", ")}` : undefined;
}

const reason = Deno.build.os === "linux" ? await missing() : "this is no Linux";
if (reason !== undefined) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(`The test of controllers of cgroup v1 is skipped: ${reason}`);
}

/** In a mount namespace of its own, so that nobody else has these hierarchies. */
const WITH_CONTROLLERS = `
set -e
cd /sys/fs/cgroup
for name in ${CONTROLLERS.join(" ")}; do mkdir -p $name; mount -t cgroup -o $name cgroup $name; done
trap 'for name in ${CONTROLLERS.join(" ")}; do umount $name; rmdir $name; done' EXIT
`;

/** The supervisor ends some time after its last container, and its cgroups with it. */
const UNTIL_CLEAN = `
for n in $(seq 200); do
  [ -n "$(find ${CONTROLLERS.join(" ")} -mindepth 1 -type d)" ] || exit 0
  sleep 0.1
done
exit 9
`;

Deno.test({
  name: "network traffic is marked and huge pages are limited on cgroup v1, also by update",
  ignore: reason !== undefined,
  fn: async () => {
    await using tsd = await Tsd.create();
    const files =
      "net_cls/net_cls.classid net_prio/net_prio.ifpriomap hugetlb/hugetlb.2MB.limit_in_bytes";
    const { stdout } = await tsd.shell(`unshare --mount bash <<'END'
${tsd.shellFunction}
${WITH_CONTROLLERS}
tsd run -d --name marked --rootfs / --net-cls-classid 10:1 --net-prio lo:5 \\
  --hugepages-limit 2MB:4m sleep 60 >/dev/null
tsd exec marked sh -c 'cd /sys/fs/cgroup && cat ${files}'
tsd update --net-cls-classid 0x20002 marked
tsd exec marked cat /sys/fs/cgroup/net_cls/net_cls.classid
tsd rm -f marked
tsd run --rm --rootfs / --net-prio nosuch0:5 true 2>&1 || echo $?
${UNTIL_CLEAN}
END
`);
    const lines = stdout.trim().split("\n");
    assert.equal(lines[0], String(0x100001));
    assert.ok(lines.includes("lo 5"), stdout);
    const size = lines.indexOf(String(4 << 20));
    assert.deepEqual(lines.slice(size + 1, size + 4), ["marked", String(0x20002), "marked"]);
    assert.match(lines.at(-2)!, /net_prio\.ifpriomap" to "nosuch0 5": No such device/);
    assert.equal(lines.at(-1), "125");
    await tsd.checkClean();
  },
});
