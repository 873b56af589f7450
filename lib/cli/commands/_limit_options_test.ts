import assert from "node:assert/strict";
import type { ContainerLimits } from "../../container/record/limits.ts";
import { UsageError } from "../command_line/mod.ts";
import { parseOptions } from "../command_line/parse_options.ts";
import { containerLimits, LIMIT_OPTIONS, type LimitOptionValues } from "./_limit_options.ts";

function limits(...args: string[]): ContainerLimits | undefined {
  const { options } = parseOptions(args, { declarations: LIMIT_OPTIONS, interspersed: false });
  return containerLimits(options as LimitOptionValues);
}

const MB = 1 << 20;

const READ: [args: string[], expected: ContainerLimits | undefined][] = [
  [[], undefined],
  [["-m", "20m"], { memory: 20 * MB }],
  [["--mem", "20m"], { memory: 20 * MB }],
  [["--memory-limit=1g"], { memory: 1024 * MB }],
  [["--memory-swap", "-1", "--memory", "20m"], { memory: 20 * MB, memorySwap: -1 }],
  [["--memory-swap-limit=40m", "--memory-soft-limit", "10m"], {
    memorySwap: 40 * MB,
    memoryReservation: 10 * MB,
  }],
  [["--memory-swappiness", "0"], { memorySwappiness: 0 }],
  [["--memory-swappiness", "-1"], undefined],
  [["--oom-kill-disable"], { oomKillDisable: true }],
  [["--kernel-memory=50m", "--kernel-memory-tcp", "5m"], {
    kernelMemory: 50 * MB,
    kernelMemoryTcp: 5 * MB,
  }],
  [["--cpus", "1.5", "-c", "512"], { nanoCpus: 1.5e9, cpuShares: 512 }],
  [["--cpus=.000000001"], { nanoCpus: 1 }],
  [["--cpus", "-1"], { nanoCpus: -1e9 }],
  [["--cpu-cfs-period=5000", "--cpu-cfs-quota", "-1"], { cpuPeriod: 5000, cpuQuota: -1 }],
  [["--cpu-period=5000", "--cpu-quota=2000"], { cpuPeriod: 5000, cpuQuota: 2000 }],
  [["--cpu-rt-period=9", "--cpu-rt-runtime=8"], { cpuRealtimePeriod: 9, cpuRealtimeRuntime: 8 }],
  [["--cpuset-cpus=0-1", "--cpuset-mems=0"], { cpusetCpus: "0-1", cpusetMems: "0" }],
  [["--pids", "5"], { pidsLimit: 5 }],
  [["--pids-max", "5"], { pidsLimit: 5 }],
  [["--pids-limit", "-1"], { pidsLimit: -1 }],
  [["--blkio-weight=10", "--blkio-weight-device=/dev/sda:20"], {
    blkioWeight: 10,
    blkioWeightDevices: [{ path: "/dev/sda", weight: 20 }],
  }],
  [["--device-read-bps=/dev/sda:1mb", "--device-write-iops=/dev/sda:10"], {
    deviceReadBps: [{ path: "/dev/sda", rate: MB }],
    deviceWriteIops: [{ path: "/dev/sda", rate: 10 }],
  }],
  [["--hugepages-limit=2MB:64m"], { hugepages: [{ pageSize: "2MB", limit: 64 * MB }] }],
  [["--net-cls-classid=10:1"], { networkClass: 0x100001 }],
  [["--net-cls-classid=0x100001"], { networkClass: 0x100001 }],
  [["--net-prio=eth0:5"], { networkPriorities: [{ name: "eth0", priority: 5 }] }],
  [["--device=/dev/a", "--device=/dev/b:/dev/c", "--device=/dev/d:r", "--device=/e:/f:wm"], {
    devices: [
      { source: "/dev/a", target: "/dev/a", access: "rwm" },
      { source: "/dev/b", target: "/dev/c", access: "rwm" },
      { source: "/dev/d", target: "/dev/d", access: "r" },
      { source: "/e", target: "/f", access: "wm" },
    ],
  }],
  [["--device-cgroup-rule", "c 1:* rwm"], { deviceRules: ["c 1:* rwm"] }],
  [["--ulimit", "nofile=1:2", "--ulimit=core=-1", "--ulimit=nproc=5:-1"], {
    ulimits: [
      { name: "nofile", soft: 1, hard: 2 },
      { name: "core", soft: -1, hard: -1 },
      { name: "nproc", soft: 5, hard: -1 },
    ],
  }],
  [["--shm-size=1m"], { shmSize: MB }],
  [["--shm-size=0"], undefined],
  [["--sysctl", "net.core.somaxconn=5", "--sysctl=kernel.sem=1 2 3 4"], {
    sysctls: { "net.core.somaxconn": "5", "kernel.sem": "1 2 3 4" },
  }],
  [["--storage-opt", "size=1g"], { storageSize: 1024 * MB }],
  [["--cgroup-parent", "a/b"], { cgroupParent: "a/b" }],
];

Deno.test("containerLimits() reads what is given, by all of its names", () => {
  for (const [args, expected] of READ) assert.deepEqual(limits(...args), expected, args.join(" "));
});

const RATE = "The correct format is <device-path>:<number>";

/** Options that are refused with usage, by Docker's words for what is wrong with them. */
const REFUSED: [args: string[], message: string][] = [
  [["-m", "abc"], `invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'`],
  [["-m", "10x"], `invalid argument "10x" for "-m, --memory" flag: invalid suffix: 'x'`],
  [["-m", "-1"], `invalid argument "-1" for "-m, --memory" flag: invalid size: '-1'`],
  [["--memory-swap=-2"], `invalid argument "-2" for "--memory-swap" flag: invalid size: '-2'`],
  [
    ["--cpus=abc"],
    `invalid argument "abc" for "--cpus" flag: failed to parse abc as a rational number`,
  ],
  [
    ["--cpus=.0000000001"],
    `invalid argument ".0000000001" for "--cpus" flag: value is too precise`,
  ],
  [
    ["--blkio-weight-device=/dev/vda:5"],
    `invalid argument "/dev/vda:5" for "--blkio-weight-device" flag: invalid weight for device: ` +
    `/dev/vda:5`,
  ],
  [
    ["--blkio-weight-device=/nosuch:100"],
    `invalid argument "/nosuch:100" for "--blkio-weight-device" flag: bad format for device path: ` +
    `/nosuch:100`,
  ],
  [
    ["--device-read-bps=/dev/vda"],
    `invalid argument "/dev/vda" for "--device-read-bps" flag: bad format: /dev/vda`,
  ],
  [
    ["--device-read-bps=/dev/vda:abc"],
    `invalid argument "/dev/vda:abc" for "--device-read-bps" flag: invalid rate for device: ` +
    `/dev/vda:abc. ${RATE}[<unit>]. Number must be a positive integer. Unit is optional and can be ` +
    `kb, mb, or gb`,
  ],
  [
    ["--device-read-iops=/dev/vda:1mb"],
    `invalid argument "/dev/vda:1mb" for "--device-read-iops" flag: invalid rate for device: ` +
    `/dev/vda:1mb. ${RATE}. Number must be a positive integer`,
  ],
  [
    ["--device-cgroup-rule=c 1:3 rwx"],
    `invalid argument "c 1:3 rwx" for "--device-cgroup-rule" flag: invalid device cgroup format ` +
    `'c 1:3 rwx'`,
  ],
  [
    ["--ulimit=nofile"],
    `invalid argument "nofile" for "--ulimit" flag: invalid ulimit argument: nofile`,
  ],
  [["--ulimit=x=1"], `invalid argument "x=1" for "--ulimit" flag: invalid ulimit type: x`],
  [
    ["--ulimit=nofile=2:1"],
    `invalid argument "nofile=2:1" for "--ulimit" flag: ulimit soft limit must be less than or ` +
    `equal to hard limit: 2 > 1`,
  ],
  [
    ["--ulimit=nofile=1:2:3"],
    `invalid argument "nofile=1:2:3" for "--ulimit" flag: too many limit value arguments - 1:2:3, ` +
    "can only have up to two, `soft[:hard]`",
  ],
  [
    ["--ulimit=nofile="],
    `invalid argument "nofile=" for "--ulimit" flag: strconv.ParseInt: parsing "": invalid syntax`,
  ],
  [
    ["--sysctl=kernel.hostname=x"],
    `invalid argument "kernel.hostname=x" for "--sysctl" flag: sysctl 'kernel.hostname=x' is not ` +
    `allowed`,
  ],
  [
    ["--sysctl=net.ipv4.ip_forward"],
    `invalid argument "net.ipv4.ip_forward" for "--sysctl" flag: sysctl 'net.ipv4.ip_forward' is ` +
    `not allowed`,
  ],
  [
    ["--hugepages-limit=2:3"],
    `invalid argument "2:3" for "--hugepages-limit" flag: bad format for huge pages: 2:3, use ` +
    `<size>:<bytes>`,
  ],
  [
    ["--net-cls-classid=x"],
    `invalid argument "x" for "--net-cls-classid" flag: bad format for network class: x, use ` +
    `<major>:<minor> or a number`,
  ],
  [
    ["--net-prio=lo"],
    `invalid argument "lo" for "--net-prio" flag: bad format for network priority: lo, use ` +
    `<interface>:<priority>`,
  ],
];

Deno.test("containerLimits() refuses values as Docker's command line does", () => {
  for (const [args, message] of REFUSED) {
    assert.throws(
      () => limits(...args),
      (error) => error instanceof UsageError && assert.equal(error.message, message) === undefined,
      args.join(" "),
    );
  }
});

Deno.test("containerLimits() refuses devices and storage options without usage", () => {
  const cases: [args: string[], message: string][] = [
    [["--device=a:b:c:d"], "bad format for path: a:b:c:d"],
    [["--device=/dev/fuse:rx"], "rx is not an absolute path"],
    [["--device=/dev/fuse:"], " is not an absolute path"],
    [["--device=dev/fuse"], "dev/fuse is not an absolute path"],
    [["--device=/dev/fuse:/dev/x:rwx"], "bad mode specified: rwx"],
    [["--storage-opt=abc"], "invalid storage option"],
    [["--storage-opt=foo=1"], "Storage opt foo not supported"],
  ];
  for (const [args, message] of cases) {
    assert.throws(() => limits(...args), { name: "EngineError", kind: "invalid", message });
  }
});
