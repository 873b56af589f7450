import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"] });

/** Runs a shell script in a container and returns its stdout. */
async function sh(script: string, options: string[] = []): Promise<string> {
  const args = ["run", "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
  return (await shared.tsd.run(args)).stdout;
}

const NAMESPACES = ["pid", "mnt", "uts", "ipc", "net", "cgroup"];

/** Names of the namespaces, from `readlink` lines like `pid:[4026531836]`. */
async function namespacesInside(options: string[] = []): Promise<string[]> {
  const links = NAMESPACES.map((name) => `/proc/1/ns/${name}`).join(" ");
  return (await sh(`for l in ${links}; do readlink $l; done`, options)).trim().split("\n");
}

async function namespacesOutside(): Promise<string[]> {
  return await Promise.all(NAMESPACES.map((name) => Deno.readLink(`/proc/self/ns/${name}`)));
}

Deno.test("a container has its own namespaces", async () => {
  const outside = await namespacesOutside();
  const inside = await namespacesInside();
  for (const [at, name] of NAMESPACES.entries()) {
    assert.ok(inside[at]?.startsWith(`${name}:[`), `${name}: ${inside[at]}`);
    assert.notEqual(inside[at], outside[at]);
  }
});

Deno.test("run --network host shares the host's network only", async () => {
  const outside = await namespacesOutside();
  const inside = await namespacesInside(["--network", "host"]);
  const same = NAMESPACES.filter((_, at) => inside[at] === outside[at]);
  assert.deepEqual(same, ["net"]);
});

Deno.test("the command is PID 1 and finds nothing of the engine", async () => {
  const script = "echo $$; tr '\\0' '|' < /proc/1/cmdline; echo; readlink /proc/1/exe; " +
    "ls /proc | grep -c '^[0-9]'; ls -l /proc/1/fd | grep -v pipe: | grep -c ' -> '; cat /proc/1/oom_score_adj";
  // Pipes are the shell's own, between the commands.
  const stdout = await sh(script);
  const lines = stdout.trim().split("\n");
  assert.equal(lines[0], "1");
  assert.ok(lines[1]?.startsWith("sh|-c|echo $$;"), lines[1]);
  assert.equal(lines[2], "/bin/busybox");
  // The shell, ls, and grep unless that comes later.
  assert.match(lines[3]!, /^[23]$/);
  assert.equal(lines[4], "3");
  assert.equal(lines[5], "0");
});

Deno.test("the command starts with clean signals, umask and environment", async () => {
  const image = shared.image("alpine");
  const keys = "^(SigIgn|SigBlk|SigCgt|Groups|Umask|PPid)";
  const args = ["run", "--rm", image, "grep", "-E", keys, "/proc/self/status"];
  const { stdout } = await shared.tsd.run(args);
  const status = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(":\t")));
  assert.deepEqual(
    [status.Umask, status.PPid, status.SigBlk, status.SigIgn, status.SigCgt],
    ["0022", "0", ...Array(3).fill("0".repeat(16))],
  );
  const environ = await shared.tsd.run(["run", "--rm", image, "cat", "/proc/self/environ"]);
  const names = environ.stdout.split("\0").filter(Boolean).map((line) => line.split("=")[0]);
  assert.deepEqual(names.sort(), ["HOME", "HOSTNAME", "PATH"]);
});

const MOUNTS: [point: string, type: string, options: string[]][] = [
  ["/", "overlay", ["rw"]],
  ["/proc", "proc", ["rw", "nosuid", "nodev", "noexec"]],
  ["/dev", "tmpfs", ["rw", "nosuid", "size=65536k", "mode=755"]],
  ["/dev/pts", "devpts", ["rw", "nosuid", "noexec", "gid=5", "mode=620", "ptmxmode=666"]],
  ["/dev/shm", "tmpfs", ["rw", "nosuid", "nodev", "noexec", "size=65536k"]],
  ["/dev/mqueue", "mqueue", ["rw", "nosuid", "nodev", "noexec"]],
  ["/sys", "sysfs", ["ro", "nosuid", "nodev", "noexec"]],
];

Deno.test("proc, sys and dev are mounted as Docker mounts them", async () => {
  const mounts = (await sh("cat /proc/mounts")).trim().split("\n").map((line) => line.split(" "));
  for (const [point, type, options] of MOUNTS) {
    const found = mounts.filter(([, target]) => target === point);
    assert.equal(found.length, 1, `${point} is mounted once`);
    assert.equal(found[0]?.[2], type, point);
    const present = found[0]?.[3]?.split(",") ?? [];
    assert.deepEqual(options.filter((option) => !present.includes(option)), [], point);
  }
  const cgroups = mounts.filter(([, , type]) => type === "cgroup" || type === "cgroup2");
  assert.ok(cgroups.length > 0);
  for (const [, point, , options] of cgroups) assert.match(options ?? "", /^ro,/, point);
});

Deno.test("the host's mounts are out of sight", async () => {
  const { tsd } = shared;
  const text = await sh("cat /proc/self/mountinfo");
  for (const line of text.trim().split("\n")) {
    const target = line.split(" ")[4] ?? "";
    assert.match(target, /^\/($|proc|sys|dev|etc\/(hosts|hostname|resolv\.conf)$)/);
  }
  assert.ok(!text.includes(`${tsd.runDir}/`), text);
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("/dev has Docker's nodes and links", async () => {
  const stdout = await sh(
    "cd /dev; for n in null zero full random urandom tty; do stat -c '%n %F %a %t:%T' $n; done; " +
      "for l in fd stdin stdout stderr ptmx; do echo $l $(readlink $l); done; ls",
  );
  const names = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
    .split(" ");
  // A kernel without /proc/kcore has nothing for this link to lead to.
  if (await exists("/proc/kcore")) names.unshift("core");
  assert.equal(
    stdout,
    [
      "null character special file 666 1:3",
      "zero character special file 666 1:5",
      "full character special file 666 1:7",
      "random character special file 666 1:8",
      "urandom character special file 666 1:9",
      "tty character special file 666 5:0",
      "fd /proc/self/fd",
      "stdin /proc/self/fd/0",
      "stdout /proc/self/fd/1",
      "stderr /proc/self/fd/2",
      "ptmx pts/ptmx",
      ...names,
      "",
    ].join("\n"),
  );
});

Deno.test("devices work and terminals are the container's own", async () => {
  const script = "head -c 4 /dev/zero | od -An -tx1; echo x > /dev/null && echo null; " +
    "echo x 2>/dev/null > /dev/full || echo full; echo out > /dev/stdout; " +
    "head -c 8 /dev/urandom | wc -c; ls /dev/pts; echo shm > /dev/shm/x && cat /dev/shm/x";
  assert.equal(await sh(script), " 00 00 00 00\nnull\nfull\nout\n8\nptmx\nshm\n");
});

Deno.test("dangerous files of /proc and /sys are masked or read-only", async () => {
  const stdout = await sh(
    "for f in keys timer_list kcore latency_stats sched_debug; do " +
      '[ -e /proc/$f ] && [ -n "$(head -c 1 /proc/$f 2>/dev/null)" ] && echo open $f; done; ' +
      "for d in /proc/acpi /proc/scsi /sys/firmware; do [ -d $d ] && ls -A $d; done; " +
      'for d in bus fs irq sys; do grep -q " /proc/$d proc ro," /proc/mounts || echo rw $d; done; ' +
      "echo 1 2>/dev/null > /proc/sys/kernel/sysrq && echo sysrq; " +
      "echo b 2>/dev/null > /proc/sysrq-trigger && echo trigger; " +
      "mkdir /sys/fs/cgroup/x 2>/dev/null && echo cgroup; echo done",
  );
  assert.equal(stdout, "done\n");
});

Deno.test("/etc/hosts, /etc/hostname and /etc/resolv.conf are the container's own", async () => {
  const before = await Deno.readTextFile("/etc/hosts");
  const stdout = await sh(
    "cat /etc/hostname; hostname; cat /etc/hosts; echo more >> /etc/hosts; tail -1 /etc/hosts; " +
      "test -f /etc/resolv.conf && echo resolv; stat -c %a /etc/hosts /etc/hostname /etc/resolv.conf",
  );
  const lines = stdout.trim().split("\n");
  assert.match(lines[0] ?? "", /^[0-9a-f]{12}$/);
  assert.equal(lines[1], lines[0]);
  assert.match(stdout, /^127\.0\.0\.1\s+localhost$/m);
  assert.match(stdout, /^::1\s+localhost ip6-localhost ip6-loopback$/m);
  assert.deepEqual(lines.slice(-5), ["more", "resolv", "644", "644", "644"]);
  assert.equal(await Deno.readTextFile("/etc/hosts"), before);
  assert.equal(await sh("tail -1 /etc/hosts | grep -c more || true"), "0\n");
});

Deno.test("with a read-only root they cannot be written either", async () => {
  const script = "for name in hosts hostname resolv.conf; do " +
    "echo more 2>/dev/null >> /etc/$name && echo $name; done; cat /etc/hostname";
  assert.match(await sh(script, ["--read-only"]), /^[0-9a-f]{12}\n$/);
});

Deno.test("without a network there is only a loopback, and it works", async () => {
  const stdout = await sh(
    "ls /sys/class/net; ip -o addr show lo | grep -c 'inet 127.0.0.1/8'; ip route | wc -l; " +
      // One that is piped to it may not be sent any more when the other side has nothing to say.
      "(nc -l -p 7777 -e echo hello &) ; " +
      "until nc 127.0.0.1 7777 </dev/null 2>/dev/null; do sleep 0.02; done",
  );
  assert.equal(stdout, "lo\n1\n0\nhello\n");
});

Deno.test("the cgroup namespace hides the host's path", async () => {
  const stdout = await sh("cut -d: -f3 /proc/1/cgroup | sort -u");
  assert.equal(stdout, "/\n");
});

Deno.test("a container's writes stay in the container", async () => {
  const { tsd } = shared;
  assert.equal(await sh("echo x > /etc/passwd; rm -r /bin/ls /home; mkdir /new; echo ok"), "ok\n");
  assert.equal(
    await sh("wc -l < /etc/passwd; ls -d /bin/ls /home /new 2>/dev/null; true"),
    "4\n/bin/ls\n/home\n",
  );
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
});

Deno.test("messages queues, semaphores and shared memory are the container's own", async () => {
  const outside = await Deno.readTextFile("/proc/sysvipc/shm");
  const stdout = await sh(
    "wc -l < /proc/sysvipc/shm; wc -l < /proc/sysvipc/msg; hostname inner; hostname",
  );
  assert.notEqual(outside, "");
  // Setting the host's name needs CAP_SYS_ADMIN, which a container does not have.
  assert.match(stdout, /^1\n1\n[0-9a-f]{12}\n$/);
});
