import assert from "node:assert/strict";
import type { CgroupResources } from "../../cgroup/mod.ts";
import { hostDevices, splitDevice } from "./host_devices.ts";
import type { ContainerLimits } from "../record/limits.ts";
import { processLimits, withShmSize } from "./limited_spec.ts";
import { cgroupResources, parseDeviceRule } from "./resources.ts";
import { plainSettings } from "../_instance_fixture.ts";

const CASES: [ContainerLimits, Omit<CgroupResources, "devices">][] = [
  [{}, {}],
  [
    { memory: 10, memorySwap: -1, memoryReservation: 5, memorySwappiness: 0, oomKillDisable: true },
    { memory: { limit: 10, swap: -1, reservation: 5, swappiness: 0, disableOOMKiller: true } },
  ],
  [{ memory: 0, cpuShares: 0, cpusetCpus: "", blkioWeight: 0, pidsLimit: 0 }, {}],
  [{ nanoCpus: 1_500_000_000 }, { cpu: { quota: 150_000, period: 100_000 } }],
  [{ cpuQuota: -1, cpuPeriod: 5000, cpuShares: 2, cpusetCpus: "0-1", cpusetMems: "0" }, {
    cpu: { shares: 2, quota: -1, period: 5000, cpus: "0-1", mems: "0" },
  }],
  [{ pidsLimit: -7 }, { pids: { limit: -1 } }],
  [{ pidsLimit: 7 }, { pids: { limit: 7 } }],
  [{ hugepages: [{ pageSize: "2MB", limit: 0 }] }, {
    hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
  }],
  [{ networkClass: 0, networkPriorities: [{ name: "lo", priority: 1 }] }, {
    network: { classID: 0, priorities: [{ name: "lo", priority: 1 }] },
  }],
  [{ blkioWeight: 10, deviceReadBps: [{ path: "/dev/null", rate: 5 }] }, {
    blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 1, minor: 3, rate: 5 }] },
  }],
];

Deno.test("cgroupResources() says what limits mean in the runtime-spec's words", () => {
  for (const [limits, expected] of CASES) {
    const { devices, ...resources } = cgroupResources(limits);
    assert.deepEqual(resources, expected);
    assert.deepEqual(devices, [{ allow: false, access: "rwm" }]);
  }
});

Deno.test("cgroupResources() allows devices after it has forbidden all", () => {
  const own = { allow: true, type: "c", major: 10, minor: 229, access: "r" } as const;
  assert.deepEqual(cgroupResources({ deviceRules: ["b 8:* rw"] }, [own]).devices, [
    { allow: false, access: "rwm" },
    own,
    { allow: true, type: "b", major: 8, access: "rw" },
  ]);
});

Deno.test("cgroupResources() says which block device is missing", () => {
  assert.throws(() => cgroupResources({ deviceReadIops: [{ path: "/dev/nosuch", rate: 1 }] }), {
    kind: "invalid",
    message: 'Cannot limit the device "/dev/nosuch": no such file or directory',
  });
});

Deno.test("parseDeviceRule() leaves out what is any", () => {
  assert.deepEqual(parseDeviceRule("a *:* m"), { allow: true, type: "a", access: "m" });
});

Deno.test("hostDevices() takes nodes as they are, and all of a folder", () => {
  const { nodes, rules } = hostDevices([{ source: "/dev/null", target: "/dev/x", access: "r" }]);
  assert.deepEqual(nodes, [
    { path: "/dev/x", type: "c", major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 },
  ]);
  assert.deepEqual(rules, [{ allow: true, type: "c", major: 1, minor: 3, access: "r" }]);
  const all = hostDevices([{ source: "/dev", target: "/dev", access: "rwm" }]);
  assert.ok(all.nodes.some(({ path }) => path === "/dev/zero"));
  assert.ok(!all.nodes.some(({ path }) => path.startsWith("/dev/pts/")));
});

Deno.test("hostDevices() refuses what is no device", () => {
  const cases: [string, RegExp][] = [
    ["/dev/nosuch", /error gathering device information .* "\/dev\/nosuch": no such file or dir/],
    ["/etc/passwd", /while adding custom device "\/etc\/passwd": not a device node$/],
    ["/sys/kernel/mm", /not a device node$/],
  ];
  for (const [source, message] of cases) {
    assert.throws(() => hostDevices([{ source, target: source, access: "r" }]), {
      kind: "invalid",
      message,
    });
  }
});

Deno.test("splitDevice() takes large numbers apart", () => {
  assert.deepEqual(splitDevice(0x0103), { major: 1, minor: 3 });
  // makedev(0x1234, 0xabcde) of glibc.
  assert.deepEqual(splitDevice(0x1000abc234de), { major: 0x1234, minor: 0xabcde });
});

Deno.test("processLimits() adds to the limit of open files, or replaces it", () => {
  const limits = (ulimits: ContainerLimits["ulimits"]) =>
    processLimits(plainSettings({ limits: { ulimits: ulimits! } }), 5000);
  const files = { type: "RLIMIT_NOFILE", soft: 1024, hard: 5000 };
  assert.deepEqual(processLimits(plainSettings(), 5000), [files]);
  assert.deepEqual(limits([{ name: "core", soft: 0, hard: 1 }]), [
    files,
    { type: "RLIMIT_CORE", soft: 0, hard: 1 },
  ]);
  assert.deepEqual(limits([{ name: "nofile", soft: 5, hard: 6 }]), [
    { type: "RLIMIT_NOFILE", soft: 5, hard: 6 },
  ]);
  const [, unlimited] = limits([{ name: "core", soft: -1, hard: -1 }]);
  assert.ok(unlimited!.soft > 2 ** 63 && unlimited!.hard < 2 ** 64);
});

Deno.test("withShmSize() changes no other mount", () => {
  const mounts = [
    { destination: "/dev", options: ["size=65536k"] },
    { destination: "/dev/shm", options: ["nosuid", "size=1"] },
  ];
  assert.equal(withShmSize(mounts, undefined), mounts);
  assert.deepEqual(withShmSize(mounts, 5), [
    mounts[0],
    { destination: "/dev/shm", options: ["nosuid", "size=5"] },
  ]);
});
