import assert from "node:assert/strict";
import type { SupportedLimits } from "../../cgroup/supported_limits.ts";
import type { ResourceLimits } from "../../container/record/limits.ts";
import { checkLimits } from "./limits.ts";
import { parseList } from "./cpuset_limits.ts";

const MB = 1 << 20;
const ALL = new Proxy({}, { get: () => true }) as SupportedLimits;
const NONE = new Proxy({}, { get: () => false }) as SupportedLimits;
const CPUS = navigator.hardwareConcurrency;

const REFUSED: [limits: ResourceLimits, reason: RegExp][] = [
  [{ memory: 6 * MB - 1 }, /Minimum memory limit allowed is 6MB$/],
  [
    { memory: 20 * MB, memorySwap: 10 * MB },
    /Minimum memoryswap limit should be larger than memory limit, see usage$/,
  ],
  [{ memorySwap: 10 * MB }, /You should always set the Memory limit when using Memoryswap limit/],
  [{ memorySwappiness: 101 }, /invalid value: 101\. Valid memory swappiness range is 0-100$/],
  [{ memorySwappiness: -2 }, /invalid value: -2\. Valid memory swappiness range is 0-100$/],
  [{ memoryReservation: MB }, /Minimum memory reservation allowed is 6MB$/],
  [
    { memory: 20 * MB, memoryReservation: 30 * MB },
    /Minimum memory limit can not be less than memory reservation limit, see usage$/,
  ],
  [{ kernelMemory: MB }, /Minimum kernel memory limit allowed is 6MB$/],
  [{ nanoCpus: 1e9, cpuPeriod: 1000 }, /Nano CPUs and CPU Period cannot both be set$/],
  [{ nanoCpus: 1e9, cpuQuota: 1000 }, /Nano CPUs and CPU Quota cannot both be set$/],
  [
    { nanoCpus: -1 },
    /Range of CPUs is from 0\.01 to \d+\.00, as there are only \d+ CPUs available/,
  ],
  [{ nanoCpus: 1e6 }, /Range of CPUs is from 0\.01 to/],
  [{ nanoCpus: (CPUS + 1) * 1e9 }, new RegExp(`there are only ${CPUS} CPUs available$`)],
  [{ cpuShares: -1 }, /shares: invalid argument$/],
  [{ cpuShares: 1 }, /the minimum allowed cpu-shares is 2$/],
  [{ cpuShares: 262145 }, /the maximum allowed cpu-shares is 262144$/],
  [{ cpuPeriod: 999 }, /CPU cfs period can not be less than 1ms \(i\.e\. 1000\) or larger than 1s/],
  [{ cpuPeriod: 1_000_001 }, /larger than 1s \(i\.e\. 1000000\)$/],
  [{ cpuQuota: 10 }, /CPU cfs quota can not be less than 1ms \(i\.e\. 1000\)$/],
  [
    { cpuRealtimePeriod: 1000, cpuRealtimeRuntime: 2000 },
    /cpu real-time runtime cannot be higher than cpu real-time period$/,
  ],
  [{ cpusetCpus: "a" }, /Invalid value a for cpuset cpus: invalid format: a$/],
  [{ cpusetCpus: "3-1" }, /Invalid value 3-1 for cpuset cpus/],
  [{ cpusetCpus: "8000" }, /Requested CPUs are not available - requested 8000, available: \d/],
  [{ cpusetCpus: "0-4000000000" }, /Requested CPUs are not available - requested 0-4000000000/],
  [{ cpusetMems: "8000" }, /Requested memory nodes are not available - requested 8000/],
  [{ blkioWeight: 5 }, /Range of blkio weight is from 10 to 1000$/],
  [{ blkioWeight: 1001 }, /Range of blkio weight is from 10 to 1000$/],
];

Deno.test("checkLimits() refuses what cannot be, in Docker's words", () => {
  for (const [limits, message] of REFUSED) {
    assert.throws(
      () => checkLimits(limits, { supported: ALL }),
      { kind: "invalid", message },
      JSON.stringify(limits),
    );
  }
});

Deno.test("checkLimits() takes what can be", () => {
  const cases: ResourceLimits[] = [
    {},
    { memory: 6 * MB, memorySwap: -1, memoryReservation: 6 * MB, memorySwappiness: 0 },
    { nanoCpus: CPUS * 1e9 },
    { cpuQuota: -1, cpuPeriod: 1000, cpuShares: 2 },
    { cpusetCpus: "0", cpusetMems: "0" },
    { pidsLimit: -5, blkioWeight: 10 },
  ];
  for (const limits of cases) assert.deepEqual(checkLimits(limits, { supported: ALL }), limits);
});

Deno.test("checkLimits() lets an update change swap alone", () => {
  const changes = { memorySwap: 10 * MB };
  assert.deepEqual(checkLimits(changes, { supported: ALL, update: true }), changes);
});

Deno.test("checkLimits() leaves out what the host does not offer, with Docker's warnings", () => {
  const warnings: string[] = [];
  const kept = checkLimits({
    memory: 10 * MB,
    memorySwap: 20 * MB,
    memorySwappiness: 10,
    memoryReservation: 8 * MB,
    oomKillDisable: true,
    pidsLimit: 5,
    cpuShares: 512,
    cpuQuota: 5000,
    cpuPeriod: 5000,
    cpusetCpus: "0",
    cpusetMems: "0",
    blkioWeight: 100,
    deviceReadBps: [{ path: "/dev/sda", rate: 1 }],
    deviceWriteBps: [],
  }, { supported: NONE, onWarning: (text) => warnings.push(text) });
  assert.deepEqual(kept, { deviceWriteBps: [] });
  const prefix = "Your kernel does not support ";
  assert.deepEqual(warnings.map((text) => text.replace(prefix, "")), [
    "memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
    "memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
    "memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.",
    "OomKillDisable. OomKillDisable discarded.",
    "PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
    "CPU shares or the cgroup is not mounted. Shares discarded.",
    "CPU CFS scheduler. CPU period/quota discarded.",
    "cpuset or the cgroup is not mounted. Cpuset discarded.",
    "Block I/O weight or the cgroup is not mounted. Weight discarded.",
    "BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.",
  ]);
});

Deno.test("checkLimits() limits memory without swap where the host does not count that", () => {
  const warnings: string[] = [];
  const supported = { ...ALL, memory: true, swap: false } as SupportedLimits;
  const limits = { memory: 10 * MB, memorySwap: 20 * MB };
  const kept = checkLimits(limits, { supported, onWarning: (text) => warnings.push(text) });
  assert.deepEqual(kept, { memory: 10 * MB });
  assert.match(warnings[0]!, /Memory limited without swap\.$/);
});

Deno.test("checkLimits() warns of what may hurt", () => {
  const cases: [ResourceLimits, RegExp][] = [
    [{ oomKillDisable: true }, /^OOM killer is disabled for the container, but no memory limit is/],
    [{ kernelMemory: 10 * MB }, /^Specifying a kernel memory limit is deprecated/],
  ];
  for (const [limits, expected] of cases) {
    const warnings: string[] = [];
    checkLimits(limits, { supported: ALL, onWarning: (text) => warnings.push(text) });
    assert.match(warnings.join("\n"), expected);
  }
});

Deno.test("checkLimits() refuses processors and real-time where the host cannot limit them", () => {
  for (const limits of [{ nanoCpus: 1e9 }, { cpuRealtimeRuntime: 1000 }]) {
    assert.throws(() => checkLimits(limits, { supported: NONE }), { kind: "invalid" });
  }
});

Deno.test("parseList() reads the kernel's lists", () => {
  assert.deepEqual([...parseList("0-2,7")!], [0, 1, 2, 7]);
  for (const text of ["", ",", "1-", "-1", "1,,2", "2-1", "x"]) {
    assert.equal(parseList(text), undefined, text);
  }
});
