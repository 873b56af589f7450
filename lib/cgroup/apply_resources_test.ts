import assert from "node:assert/strict";
import { CGROUP, FakeCgroup } from "./_fake_cgroup_fixture.ts";
import { applyResources } from "./apply_resources.ts";
import { cpuWeight } from "./cpu.ts";
import { ioWeight } from "./io.ts";
import type { CgroupResources } from "./resources.ts";

interface Case {
  name: string;
  version: "v1" | "v2";
  resources: CgroupResources;
  expected: Record<string, string>;
}

const DISK = { major: 8, minor: 16 };
const THROTTLES = {
  throttleReadBpsDevice: [{ ...DISK, rate: 1024 }],
  throttleWriteBpsDevice: [{ ...DISK, rate: 2048 }],
  throttleReadIOPSDevice: [{ ...DISK, rate: 10 }],
  throttleWriteIOPSDevice: [{ ...DISK, rate: 20 }],
};

const CASES: readonly Case[] = [
  {
    name: "memory of v1",
    version: "v1",
    resources: {
      memory: {
        limit: 1000,
        swap: 2000,
        reservation: 500,
        kernelTCP: 300,
        swappiness: 0,
        disableOOMKiller: true,
      },
    },
    expected: {
      "memory.kmem.tcp.limit_in_bytes": "300",
      "memory.limit_in_bytes": "1000",
      "memory.memsw.limit_in_bytes": "2000",
      "memory.oom_control": "1",
      "memory.soft_limit_in_bytes": "500",
      "memory.swappiness": "0",
    },
  },
  {
    name: "memory of v1 without limits",
    version: "v1",
    resources: { memory: { limit: -1 } },
    expected: { "memory.limit_in_bytes": "-1", "memory.memsw.limit_in_bytes": "-1" },
  },
  {
    name: "memory of v1 where swap is not counted",
    version: "v1",
    resources: { memory: { limit: 1000, swap: 2000 } },
    expected: { "memory.limit_in_bytes": "1000" },
  },
  {
    name: "memory of v2, where swap is counted apart",
    version: "v2",
    resources: { memory: { limit: 1000, swap: 2500, reservation: 500 } },
    expected: { "memory.low": "500", "memory.max": "1000", "memory.swap.max": "1500" },
  },
  {
    name: "memory of v2 with as much swap as there is",
    version: "v2",
    resources: { memory: { limit: 1000, swap: -1 } },
    expected: { "memory.max": "1000", "memory.swap.max": "max" },
  },
  {
    name: "memory of v2 without limits",
    version: "v2",
    resources: { memory: { limit: -1 } },
    expected: { "memory.max": "max", "memory.swap.max": "max" },
  },
  {
    name: "memory of v2 without any swap",
    version: "v2",
    resources: { memory: { limit: 1000, swap: 1000 } },
    expected: { "memory.max": "1000", "memory.swap.max": "0" },
  },
  {
    name: "processors of v1",
    version: "v1",
    resources: {
      cpu: {
        quota: 50_000,
        period: 100_000,
        realtimePeriod: 9000,
        realtimeRuntime: 1000,
        cpus: "0-1",
        mems: "0",
      },
    },
    expected: {
      "cpu.cfs_period_us": "100000",
      "cpu.cfs_quota_us": "50000",
      "cpu.rt_period_us": "9000",
      "cpu.rt_runtime_us": "1000",
      "cpuset.cpus": "0-1",
      "cpuset.mems": "0",
    },
  },
  {
    name: "processors of v2",
    version: "v2",
    resources: { cpu: { shares: 512, quota: 50_000, cpus: "1" } },
    expected: { "cpu.max": "50000 100000", "cpu.weight": "20", "cpuset.cpus": "1" },
  },
  {
    name: "processors of v2 without a quota",
    version: "v2",
    resources: { cpu: { quota: -1, period: 5000 } },
    expected: { "cpu.max": "max 5000" },
  },
  {
    name: "processes",
    version: "v1",
    resources: { pids: { limit: 10 } },
    expected: { "pids.max": "10" },
  },
  {
    name: "processes without a limit",
    version: "v2",
    resources: { pids: { limit: -1 } },
    expected: { "pids.max": "max" },
  },
  {
    name: "block devices of v1",
    version: "v1",
    resources: { blockIO: { weight: 100, weightDevice: [{ ...DISK, weight: 50 }], ...THROTTLES } },
    expected: {
      "blkio.throttle.read_bps_device": "8:16 1024",
      "blkio.throttle.read_iops_device": "8:16 10",
      "blkio.throttle.write_bps_device": "8:16 2048",
      "blkio.throttle.write_iops_device": "8:16 20",
      "blkio.weight": "100",
      "blkio.weight_device": "8:16 50",
    },
  },
  {
    name: "weights where BFQ is the scheduler of v1",
    version: "v1",
    resources: { blockIO: { weight: 100 } },
    expected: { "blkio.bfq.weight": "100" },
  },
  {
    name: "weights of v2",
    version: "v2",
    resources: { blockIO: { weight: 500 } },
    expected: { "io.weight": "4950" },
  },
  {
    name: "weights where BFQ is the scheduler of v2",
    version: "v2",
    resources: { blockIO: { weight: 500 } },
    expected: { "io.bfq.weight": "500" },
  },
  {
    name: "rates of v2",
    version: "v2",
    resources: { blockIO: { throttleWriteIOPSDevice: THROTTLES.throttleWriteIOPSDevice } },
    expected: { "io.max": "8:16 wiops=20" },
  },
  {
    name: "huge pages of v1",
    version: "v1",
    resources: { hugepageLimits: [{ pageSize: "2MB", limit: 4 << 20 }] },
    expected: { "hugetlb.2MB.limit_in_bytes": "4194304" },
  },
  {
    name: "huge pages of v2, where reservations count too",
    version: "v2",
    resources: { hugepageLimits: [{ pageSize: "1GB", limit: 0 }] },
    expected: { "hugetlb.1GB.max": "0", "hugetlb.1GB.rsvd.max": "0" },
  },
  {
    name: "marks of network traffic",
    version: "v1",
    resources: { network: { classID: 0x100001, priorities: [{ name: "eth0", priority: 5 }] } },
    expected: { "net_cls.classid": "1048577", "net_prio.ifpriomap": "eth0 5" },
  },
];

for (const { expected, name, resources, version } of CASES) {
  Deno.test(`applyResources() limits ${name}`, () => {
    const empty = Object.fromEntries(Object.keys(expected).map((file) => [file, ""]));
    using cgroup = new FakeCgroup(version, empty);
    applyResources(CGROUP, resources, cgroup.layout);
    assert.deepEqual(cgroup.written(), expected);
  });
}

Deno.test("applyResources() says which file the kernel does not offer", () => {
  using cgroup = new FakeCgroup("v1");
  assert.throws(() => applyResources(CGROUP, { pids: { limit: 5 } }, cgroup.layout), {
    kind: "unavailable",
    message:
      /^Cannot set the limit ".*\/tsd\/one\/pids\.max" to "5": the kernel, or the cgroup above/,
  });
});

Deno.test("applyResources() says which controller the host does not have", () => {
  const layout = { version: "v1", hierarchies: [] } as const;
  assert.throws(() => applyResources(CGROUP, { cpu: { cpus: "0" } }, layout), {
    kind: "unavailable",
    message:
      'Cannot limit the cgroup "/tsd/one": the cgroup controller "cpuset" is not mounted on ' +
      "this host",
  });
});

Deno.test("applyResources() knows what v2 does not have", () => {
  using cgroup = new FakeCgroup("v2");
  const cases: [CgroupResources, RegExp][] = [
    [{ network: { classID: 1 } }, /v2 has no controller "net_cls"/],
    [{ network: { priorities: [{ name: "lo", priority: 1 }] } }, /v2 has no controller "net_prio"/],
    [{ cpu: { realtimeRuntime: 1 } }, /v2 has no such limit/],
  ];
  for (const [resources, message] of cases) {
    assert.throws(() => applyResources(CGROUP, resources, cgroup.layout), {
      kind: "unavailable",
      message,
    });
  }
});

Deno.test("cpuWeight() maps the ends and the middle as runc does", () => {
  assert.deepEqual([2, 512, 1024, 262144].map(cpuWeight), [1, 20, 39, 10000]);
});

Deno.test("ioWeight() maps the ends as runc does", () => {
  assert.deepEqual([10, 500, 1000].map(ioWeight), [1, 4950, 10000]);
});
