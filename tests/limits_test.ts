import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { letEnd } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { supervisorOf } from "./harness/supervisor.ts";
import type { RunOptions, RunResult } from "./harness/tsd.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });

const isV2 = await exists("/sys/fs/cgroup/cgroup.controllers");
const hasCpuset = await exists("/sys/fs/cgroup/cpuset") ||
  isV2 && (await Deno.readTextFile("/sys/fs/cgroup/cgroup.controllers")).includes("cpuset");

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Networks have nothing to do with limits, and take their time. */
const RUN = ["run", "--network", "none"];

/** Runs a shell script in a container of `alpine` that is removed at its end. */
async function run(
  options: string[],
  script: string,
  expected: RunOptions = {},
): Promise<RunResult> {
  const args = [...RUN, "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
  return await shared.tsd.run(args, expected);
}

async function inspect(name: string, format: string): Promise<string> {
  return (await shared.tsd.run(["inspect", "-f", format, name])).stdout.trim();
}

const DOUBLE_FOR_EVER = "x=0123456789abcdef; while :; do x=$x$x; done";

Deno.test("a container over its memory is killed, and says so", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const since = new Date().toISOString();
  await tsd.run([...RUN, "--name", "greedy", "-m", "16m", image, "sh", "-c", DOUBLE_FOR_EVER], {
    expect: 137,
  });
  assert.equal(await inspect("greedy", "{{.State.OOMKilled}} {{.State.ExitCode}}"), "true 137");
  const { stdout } = await tsd.run([
    ...["events", "--since", since, "--until", "0s", "--format", "{{.Action}}"],
    ...["--filter", "container=greedy"],
  ]);
  const told = stdout.trim().split("\n").filter((action) => action !== "attach");
  assert.deepEqual(told, ["create", "start", "oom", "die"]);
  await tsd.run(["rm", "greedy"]);
});

Deno.test("a container of which only a part is killed goes on", async () => {
  const { tsd } = shared;
  const script = `(${DOUBLE_FOR_EVER}); echo part ended with $?; read line`;
  const image = shared.image("alpine");
  const running = tsd.spawn([
    "run",
    "-i",
    "--name",
    "part",
    "-m",
    "16m",
    image,
    "sh",
    "-c",
    script,
  ]);
  await running.waitFor(/part ended with 137/);
  // The event is there while the container still runs.
  await waitUntil("the event", async () => {
    const args = ["events", "--since", "1m", "--until", "0s", "--filter", "container=part"];
    return (await tsd.run(args)).stdout.includes(" oom ");
  });
  running.closeStdin();
  await running.finish();
  assert.equal(await inspect("part", "{{.State.OOMKilled}}"), "true");
  await tsd.run(["rm", "part"]);
});

Deno.test("a command gets by with the least memory, which init does not", async () => {
  const { stdout } = await run(["-m", "6m"], "echo started");
  assert.equal(stdout, "started\n");
});

// What the cgroup has had of the processors, in microseconds (v2) or nanoseconds (v1).
const CPU_TIME = isV2
  ? "sed -n 's/usage_usec //p' /sys/fs/cgroup/cpu.stat"
  : "cat /sys/fs/cgroup/cpuacct/cpuacct.usage";
const CPU_UNITS_PER_SECOND = isV2 ? 1e6 : 1e9;

Deno.test("half a processor gives half the time", async () => {
  // The shell's own clock is its loop's: as long as it runs, it wants all of a processor.
  const script = `${CPU_TIME}; cut -d' ' -f1 /proc/uptime; n=0; ` +
    `while [ $n -lt 300000 ]; do n=$((n + 1)); done; ${CPU_TIME}; cut -d' ' -f1 /proc/uptime`;
  const share = async (...options: string[]) => {
    const { stdout } = await run(options, script);
    const [used, at, usedLater, atLater] = stdout.trim().split("\n").map(Number) as number[];
    return (usedLater! - used!) / CPU_UNITS_PER_SECOND / (atLater! - at!);
  };
  const half = await share("--cpus", "0.5");
  assert.ok(half > 0.1 && half < 0.65, `${half} of a processor`);
});

Deno.test("a fork bomb stops at the limit of processes", async () => {
  const script =
    "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 30 & done; " +
    "echo not reached";
  const { stderr, stdout } = await run(["--pids-limit", "10"], script, { expect: "any" });
  assert.match(stderr, /can't fork: Resource temporarily unavailable/);
  assert.equal(stdout, "");
});

Deno.test({
  name: "a container runs on the processors it is given",
  ignore: !hasCpuset,
  fn: async () => {
    const { stdout } = await run(["--cpuset-cpus", "0", "--cpuset-mems", "0"], STATUS);
    assert.deepEqual(stdout.trim().split("\n"), ["Cpus_allowed_list:\t0", "Mems_allowed_list:\t0"]);
  },
});

const STATUS = "grep _allowed_list /proc/self/status";

/** The block device that holds the instance's files, if they are on one. */
async function disk(): Promise<string | undefined> {
  const source = (await hostCommand("findmnt", ["-no", "SOURCE", "-T", shared.tsd.root])).trim();
  return source.startsWith("/dev/") && await exists(source) ? source : undefined;
}

Deno.test("a throttled disk is slow", async () => {
  const device = await disk();
  if (device === undefined) return skipped("the instance's files are on no block device");
  const script =
    "dd if=/dev/zero of=/file bs=64k count=16 oflag=direct; cut -d' ' -f1 /proc/uptime";
  const seconds = async (options: string[]) => {
    const { stdout } = await run(options, `cut -d' ' -f1 /proc/uptime; ${script}`);
    const [before, after] = stdout.trim().split("\n").map(Number);
    return after! - before!;
  };
  const [free, throttled] = [
    await seconds([]),
    await seconds(["--device-write-bps", `${device}:1mb`]),
  ];
  assert.ok(throttled > 0.7 && throttled > 2 * free, `${throttled} s, and ${free} s without`);
});

function skipped(reason: string): void {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(`skipped: ${reason}`);
}

Deno.test("update changes the limits of a container that runs, and of its next run", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run([...RUN, "-d", "--name", "grows", "-m", "16m", image, "sleep", "60"]);
  const limit = isV2 ? "/sys/fs/cgroup/memory.max" : "/sys/fs/cgroup/memory/memory.limit_in_bytes";
  const pids = isV2 ? "/sys/fs/cgroup/pids.max" : "/sys/fs/cgroup/pids/pids.max";
  const read = async () => (await tsd.run(["exec", "grows", "cat", limit, pids])).stdout;
  assert.equal(await read(), "16777216\nmax\n");
  const { stdout } = await tsd.run(["update", "-m", "32m", "--pids-limit", "20", "grows"]);
  assert.equal(stdout, "grows\n");
  assert.equal(await read(), "33554432\n20\n");
  const usage = await tsd.run(["stats", "--no-stream", "--format", "{{.MemUsage}}", "grows"]);
  assert.match(usage.stdout, / \/ 32MiB$/m);
  const fields = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}}";
  assert.equal(await inspect("grows", fields), "33554432 33554432 20");
  await tsd.run(["restart", "-t", "0", "grows"]);
  assert.equal(await read(), "33554432\n20\n");
  await tsd.run(["update", "--pids-limit", "-1", "grows"]);
  assert.equal(await read(), "33554432\nmax\n");
  const refused = await tsd.run(["update", "-m", "64m", "grows"], { expect: 1 });
  assert.match(refused.stderr, /Memory limit should be smaller than already set memoryswap limit/);
  await tsd.run(["rm", "-f", "grows"]);
});

Deno.test("update of memory below what is in use kills, or is refused", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const hold = "dd if=/dev/zero of=/dev/shm/held bs=1M count=12; echo held; sleep 60";
  await tsd.run([...RUN, "-d", "--name", "holds", "-m", "64m", image, "sh", "-c", hold]);
  await waitUntil("the memory", async () => (await tsd.run(["logs", "holds"])).stdout !== "");
  const { code } = await tsd.run(["update", "-m", "6m", "holds"], { expect: "any" });
  const limit = await inspect("holds", "{{.HostConfig.Memory}}");
  // v1 refuses, and leaves the limit as it was; v2 kills.
  assert.deepEqual([code, limit], isV2 ? [0, "6291456"] : [1, "67108864"]);
  await tsd.run(["rm", "-f", "holds"]);
});

/** A device that anyone may open but for the devices a container may use, and its numbers. */
async function someDevice(): Promise<{ path: string; numbers: string }> {
  for (const path of ["/dev/fuse", "/dev/tty1", "/dev/loop-control"]) {
    try {
      (await Deno.open(path, { read: true, write: true })).close();
      const { rdev } = await Deno.stat(path);
      return { path, numbers: `${rdev! >> 8} ${rdev! & 255}` };
    } catch {
      // The next one.
    }
  }
  throw new Error("Cannot test devices: there is none to open");
}

Deno.test("a container opens the devices it is given, as it is allowed to", async () => {
  const { path } = await someDevice();
  const tests = "test -c /dev/mine && echo node; (: < /dev/mine) 2>/dev/null && echo read; " +
    "(: >> /dev/mine) 2>/dev/null && echo written; echo done";
  const access = async (mode: string) =>
    (await run(["--device", `${path}:/dev/mine:${mode}`], tests)).stdout;
  assert.equal(await access("r"), "node\nread\ndone\n");
  assert.equal(await access("rw"), "node\nread\nwritten\ndone\n");
  assert.equal(await access("w"), "node\nwritten\ndone\n");
});

Deno.test("a container cannot open a device by a node that it makes, unless a rule allows it", async () => {
  const { numbers } = await someDevice();
  const script = `mknod /made c ${numbers} && { : < /made; } && echo opened`;
  const { stderr } = await run([], script, { expect: "any" });
  assert.match(stderr, /can't open \/made: Operation not permitted/);
  const rule = `c ${numbers.replace(" ", ":")} r`;
  assert.equal((await run(["--device-cgroup-rule", rule], script)).stdout, "opened\n");
  assert.equal((await run(["--privileged"], script)).stdout, "opened\n");
});

Deno.test("a container opens the devices that all have", async () => {
  const script = "for name in null zero full random urandom tty; do " +
    "{ : </dev/$name; } 2>/dev/null && echo -n $name' '; done; head -c 2 /dev/urandom | wc -c";
  const { stdout } = await run(["-t"], script);
  assert.equal(stdout.trim(), "null zero full random urandom tty 2");
});

Deno.test("processes have the limits they are given", async () => {
  const script = "ulimit -Sn; ulimit -Hn; ulimit -c";
  const options = ["--ulimit", "nofile=10:20", "--ulimit", "core=0"];
  assert.equal((await run(options, script)).stdout, "10\n20\n0\n");
});

Deno.test("a container's /dev/shm and kernel parameters are as they are given", async () => {
  const options = ["--shm-size", "2m", "--sysctl", "kernel.msgmax=1000"];
  const script = "df -k /dev/shm | tail -1 | awk '{ print $2 }'; cat /proc/sys/kernel/msgmax";
  assert.equal((await run(options, script)).stdout, "2048\n1000\n");
  const own = await Deno.readTextFile("/proc/sys/kernel/msgmax");
  assert.notEqual(own, "1000\n");
});

Deno.test("a container lives in the cgroup it is given, and leaves nothing there", async () => {
  const { tsd } = shared;
  const parent = `/${tsd.mark}-parent`;
  const script = "grep -c . /proc/self/cgroup; cat /proc/self/cgroup";
  const options = ["--cgroup-parent", parent, "--cgroupns", "host", "-m", "16m"];
  const { stdout } = await run(options, script);
  const controller = isV2 ? "0::" : "memory:";
  assert.match(stdout, new RegExp(`${controller}${parent}/[0-9a-f]{64}$`, "m"));
  for await (const folder of parents(parent)) {
    for await (const { isDirectory, name } of Deno.readDir(folder)) assert.ok(!isDirectory, name);
    // As in Docker, the parent is the user's.
    await Deno.remove(folder);
  }
});

async function* parents(parent: string): AsyncGenerator<string> {
  const roots = isV2
    ? ["/sys/fs/cgroup"]
    : (await Array.fromAsync(Deno.readDir("/sys/fs/cgroup"))).filter(({ isDirectory }) =>
      isDirectory
    )
      .map(({ name }) => `/sys/fs/cgroup/${name}`);
  for (const root of roots) if (await exists(`${root}${parent}`)) yield `${root}${parent}`;
}

Deno.test("cgroups that a privileged container has made go with it", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const group = isV2 ? "/sys/fs/cgroup/nested" : "/sys/fs/cgroup/pids/nested";
  const script =
    `mkdir -p ${group}/deep && (echo 0 > ${group}/deep/cgroup.procs; exec sleep 60) & ` +
    "sleep 0.2; kill -9 1; exec sleep 60";
  await tsd.run([...RUN, "-d", "--name", "nests", "--privileged", image, "sh", "-c", script]);
  await tsd.run(["kill", "nests"]);
  await tsd.run(["rm", "-f", "nests"]);
  await tsd.checkClean();
});

Deno.test("limits can be changed after the supervisor has been killed, and go on to be watched", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const script = `while [ ! -e /go ]; do sleep 0.1; done; ${DOUBLE_FOR_EVER}`;
  await tsd.run([...RUN, "-d", "--name", "adopted", "-m", "16m", image, "sh", "-c", script]);
  Deno.kill(await supervisorOf(tsd), "SIGKILL");
  await tsd.run(["update", "-m", "12m", "adopted"]);
  assert.equal(await inspect("adopted", "{{.HostConfig.Memory}}"), "12582912");
  await letEnd(tsd, "adopted", "/go");
  await tsd.run(["wait", "adopted"]);
  assert.equal(await inspect("adopted", "{{.State.OOMKilled}}"), "true");
  await tsd.run(["rm", "adopted"]);
});

Deno.test("limits that cannot be are refused with 125, and nothing is left", async () => {
  const image = shared.image("alpine");
  const cases: [options: string[], pattern: RegExp][] = [
    [["-m", "5m"], /Minimum memory limit allowed is 6MB/],
    [["-m", "20m", "--memory-swap", "10m"], /Minimum memoryswap limit should be larger than/],
    [["--cpus", "4000"], /Range of CPUs is from 0\.01 to/],
    [["--device", "/dev/nosuch"], /error gathering device information .*no such file or directory/],
    [["--device-read-bps", "/dev/nosuch:1mb"], /"\/dev\/nosuch": no such file or directory/],
    [["--ulimit", "nofile=1:99999999999"], /error setting rlimit type 7: operation not permitted/],
    [["--sysctl", "net.nosuch=1"], /net\.nosuch.*no such file or directory/],
    [["--sysctl", "kernel.msgmax=abc"], /kernel\.msgmax.*invalid argument/],
    [["--sysctl", "kernel.hostname=x"], /sysctl 'kernel\.hostname=x' is not allowed/],
    [
      ["--network", "host", "--sysctl", "net.core.somaxconn=1"],
      /not allowed in host network namesp/,
    ],
    [["--ipc", "host", "--sysctl", "kernel.sem=1"], /is not allowed in the hosts ipc namespace/],
    ...hasCpuset
      ? [[["--cpuset-cpus", "4000"], /Requested CPUs are not available/] as [string[], RegExp]]
      : [],
  ];
  for (const [options, pattern] of cases) {
    const { stderr } = await shared.tsd.run(["run", "--rm", ...options, image, "true"], {
      expect: 125,
    });
    assert.match(stderr, pattern);
  }
  assert.equal((await shared.tsd.run(["ps", "-aq"])).stdout, "");
});
