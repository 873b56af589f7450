import assert from "node:assert/strict";
import { cpuStats } from "./cpu.ts";
import { ioStats } from "./io.ts";
import type { CgroupLayout } from "./layout.ts";
import { memoryInUse, memoryStats, oomKills } from "./memory.ts";
import { cgroupProcesses, pidsStats } from "./pids.ts";

const CGROUP = "/tsd/one";

/** Makes folders that look like a cgroup; v1 has its controllers in one hierarchy. */
async function fakeCgroup(
  version: "v1" | "v2",
  files: Record<string, string>,
): Promise<AsyncDisposable & { layout: CgroupLayout }> {
  const mountPoint = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    const file = `${mountPoint}${CGROUP}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  const controllers = version === "v1" ? ["memory", "cpuacct", "blkio", "pids"] : [];
  return {
    layout: { version, hierarchies: [{ controllers, mountPoint }] },
    [Symbol.asyncDispose]: () => Deno.remove(mountPoint, { recursive: true }),
  };
}

interface Case {
  name: string;
  version: "v1" | "v2";
  files: Record<string, string>;
  read(path: string, layout: CgroupLayout): unknown;
  expected: unknown;
}

const CASES: readonly Case[] = [
  {
    name: "memoryStats() leaves out the inactive page cache of v1",
    version: "v1",
    files: {
      "memory.usage_in_bytes": "10485760\n",
      "memory.limit_in_bytes": "67108864\n",
      "memory.stat": "cache 5000000\ninactive_file 1\ntotal_inactive_file 485760\n",
    },
    read: memoryStats,
    expected: { usage: 10_000_000, limit: 67108864 },
  },
  {
    name: "memoryStats() sees that v1 has no limit",
    version: "v1",
    files: {
      "memory.usage_in_bytes": "4096\n",
      "memory.limit_in_bytes": "9223372036854771712\n",
      "memory.stat": "total_inactive_file 0\n",
    },
    read: memoryStats,
    expected: { usage: 4096, limit: undefined },
  },
  {
    name: "memoryStats() counts all where more is cache than is used",
    version: "v2",
    files: {
      "memory.current": "4096\n",
      "memory.max": "max\n",
      "memory.stat": "anon 0\nfile 8192\ninactive_file 8192\n",
    },
    read: memoryStats,
    expected: { usage: 4096, limit: undefined },
  },
  {
    name: "memoryStats() reads v2",
    version: "v2",
    files: {
      "memory.current": "1048576\n",
      "memory.max": "2097152\n",
      "memory.stat": "workingset_inactive_file 7\ninactive_file 48576\n",
    },
    read: memoryStats,
    expected: { usage: 1_000_000, limit: 2097152 },
  },
  {
    name: "memoryStats() takes a cgroup that is gone for an empty one",
    version: "v2",
    files: {},
    read: memoryStats,
    expected: { usage: 0, limit: undefined },
  },
  {
    name: "memoryInUse() counts everything",
    version: "v1",
    files: { "memory.usage_in_bytes": "4096\n", "memory.stat": "total_inactive_file 4096\n" },
    read: memoryInUse,
    expected: 4096,
  },
  {
    name: "oomKills() reads v1",
    version: "v1",
    files: { "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 12\n" },
    read: oomKills,
    expected: 12,
  },
  {
    name: "oomKills() reads v2",
    version: "v2",
    files: { "memory.events": "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 1\n" },
    read: oomKills,
    expected: 2,
  },
  {
    name: "oomKills() finds none in a cgroup that is gone",
    version: "v2",
    files: {},
    read: oomKills,
    expected: 0,
  },
  {
    name: "cpuStats() reads v1",
    version: "v1",
    files: { "cpuacct.usage": "123456789\n" },
    read: cpuStats,
    expected: { usageNanoseconds: 123456789 },
  },
  {
    name: "cpuStats() reads v2, which counts microseconds",
    version: "v2",
    files: { "cpu.stat": "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n" },
    read: cpuStats,
    expected: { usageNanoseconds: 1_500_000 },
  },
  {
    name: "ioStats() adds up the devices of v1",
    version: "v1",
    files: {
      "blkio.throttle.io_service_bytes":
        "8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\n8:16 Read 1\n8:16 Write 2\nTotal 12291\n",
    },
    read: ioStats,
    expected: { readBytes: 4097, writtenBytes: 8194 },
  },
  {
    name: "ioStats() prefers the file of v1 that counts nested cgroups",
    version: "v1",
    files: {
      "blkio.bfq.io_service_bytes_recursive": "Total 0\n",
      "blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\nTotal 30\n",
      "blkio.throttle.io_service_bytes": "8:0 Read 1\n8:0 Write 2\nTotal 3\n",
    },
    read: ioStats,
    expected: { readBytes: 10, writtenBytes: 20 },
  },
  {
    name: "ioStats() adds up the devices of v2",
    version: "v2",
    files: {
      "io.stat": "8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=5 dios=0\n" +
        "8:16 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=0 dios=0\n",
    },
    read: ioStats,
    expected: { readBytes: 101, writtenBytes: 202 },
  },
  {
    name: "pidsStats() reads the limit",
    version: "v1",
    files: { "pids.current": "3\n", "pids.max": "50\n" },
    read: pidsStats,
    expected: { current: 3, limit: 50 },
  },
  {
    name: "pidsStats() sees that there is no limit",
    version: "v2",
    files: { "pids.current": "3\n", "pids.max": "max\n" },
    read: pidsStats,
    expected: { current: 3, limit: undefined },
  },
  {
    name: "cgroupProcesses() lists nested cgroups' processes too",
    version: "v2",
    files: { "cgroup.procs": "30\n4\n", "a/cgroup.procs": "5\n", "a/b/cgroup.procs": "100\n" },
    read: cgroupProcesses,
    expected: [4, 5, 30, 100],
  },
];

for (const { name, version, files, read, expected } of CASES) {
  Deno.test(name, async () => {
    await using cgroup = await fakeCgroup(version, files);
    assert.deepEqual(read(CGROUP, cgroup.layout), expected);
  });
}

Deno.test("readers of controllers find nothing where the host has none", () => {
  const v1 = { version: "v1", hierarchies: [{ controllers: ["cpu"], mountPoint: "/x" }] } as const;
  const none = { version: "none", hierarchies: [] } as const;
  for (const read of [memoryStats, cpuStats, ioStats, pidsStats]) {
    assert.equal(read(CGROUP, v1), undefined);
    assert.equal(read(CGROUP, none), undefined);
  }
  assert.equal(cgroupProcesses(CGROUP, none), undefined);
});
