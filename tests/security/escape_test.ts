import assert from "node:assert/strict";
import { suite } from "../harness/suite.ts";
import type { RunResult } from "../harness/tsd.ts";
import { Errno, writeAttack } from "./_attack_programs.ts";
import { Folder, HostileRoot } from "./_hostile_root.ts";

const shared = suite({ pull: ["alpine"] });

/** What tells the host's files from a container's: no container has it. */
const CORE_PATTERN = "/proc/sys/kernel/core_pattern";

async function runRoot(
  root: HostileRoot,
  options: string[],
  command: string[],
  expect: number | "any" = 0,
): Promise<RunResult> {
  const args = ["run", "--rm", ...options, "--rootfs", root.path, ...command];
  return await shared.tsd.run(args, { expect });
}

async function sh(script: string, options: string[] = []): Promise<RunResult> {
  const image = shared.image("alpine");
  return await shared.tsd.run(["run", "--rm", ...options, image, "sh", "-c", script], {
    expect: "any",
  });
}

const LOADER = Deno.build.arch === "x86_64"
  ? "lib64/ld-linux-x86-64.so.2"
  : "lib/ld-linux-aarch64.so.1";
const O_WRONLY = 1;
const AT_FDCWD = -100;

Deno.test("CVE-2019-5736: the engine's executable cannot be opened for writing", async () => {
  const { tsd } = shared;
  const open = (path: string) => ({ call: "openat", args: [AT_FDCWD, path, O_WRONLY] });
  let read = (_: Uint8Array): number => 0;
  await using root = await HostileRoot.create(async (dir) => {
    // Executing the script executes the engine's program again, with a loader of the image.
    await Deno.writeTextFile(`${dir}/evil`, "#!/proc/self/exe\n", { mode: 0o755 });
    await Deno.mkdir(`${dir}/${LOADER}`.replace(/\/[^/]*$/, ""), { recursive: true });
    read = await writeAttack(`${dir}/${LOADER}`, open("/proc/self/exe"));
    await writeAttack(`${dir}/own`, open("/etc/passwd"));
  });
  // With a volume for which init has to be the engine's own program.
  await using folder = new Folder();
  for (const name of ["lower", "upper", "work"]) await Deno.mkdir(`${folder.path}/${name}`);
  const layers = ["lower", "upper", "work"].map((name) => `${name}dir=${folder.path}/${name}`);
  const type = ["-o", "type=overlay", "-o", "device=overlay"];
  await tsd.run(["volume", "create", ...type, "-o", `o=${layers.join(",")}`, "layered"]);
  const { stdoutBytes } = await runRoot(root, ["-v", "layered:/data"], ["/evil"], "any");
  // While it is executed, as it is by the supervisor, the kernel says so first.
  assert.ok([-Errno.ETXTBSY, -Errno.EROFS].includes(read(stdoutBytes)));
  const supervisors = await tsd.processes(false);
  const mounts = await Promise.all(
    supervisors.map(({ pid }) => Deno.readTextFile(`/proc/${pid}/mountinfo`)),
  );
  const executable = mounts.join("").split("\n").find((line) =>
    line.includes(` ${tsd.runDir}/exe ro,nosuid,nodev,`)
  );
  assert.ok(executable, "the executable is not mounted read-only");
  // It would be noticed: what may be opened is.
  const own = await runRoot(root, [], ["/own"], "any");
  assert.ok(read(own.stdoutBytes) > 0);
  await tsd.run(["volume", "rm", "layered"]);
});

Deno.test("CVE-2019-5736: what becomes PID 1 is sealed, and does nothing when it is executed again", async () => {
  const { tsd } = shared;
  await using root = await HostileRoot.create(async (dir) => {
    await Deno.writeTextFile(`${dir}/evil`, "#!/proc/self/exe\n", { mode: 0o755 });
  });
  for (const own of [[], ["-t"]]) {
    const args = ["run", "--rm", ...own, "--rootfs", root.path];
    const { code, stdout } = await tsd.run([...args, "/evil"], { expect: "any" });
    assert.notEqual(code, 0);
    assert.equal(stdout, "");
    assert.match((await tsd.run([...args, "echo", "works"])).stdout, /^works\r?\n$/);
  }
});

Deno.test("CVE-2019-5736: what exec starts is sealed, and does nothing when it is executed again", async () => {
  const { tsd } = shared;
  await using root = await HostileRoot.create(async (dir) => {
    await Deno.writeTextFile(`${dir}/evil`, "#!/proc/self/exe\n", { mode: 0o755 });
  });
  await tsd.run(["run", "-d", "--name", "victim", "--rootfs", root.path, "sleep", "100"]);
  try {
    const { code, stdout } = await tsd.run(["exec", "victim", "/evil"], { expect: "any" });
    assert.notEqual(code, 0);
    assert.equal(stdout, "");
    const still = await tsd.run(["exec", "victim", "echo", "works"]);
    assert.equal(still.stdout, "works\n");
  } finally {
    await tsd.run(["rm", "-f", "victim"]);
  }
});

Deno.test("CVE-2019-14271: no library of the image is ever loaded by the engine", async () => {
  const { tsd } = shared;
  const names = ["libc.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1", "libm.so.6"]
    .concat(["libnss_files.so.2", "libz.so.1", "libzstd.so.1", "ld-linux-x86-64.so.2"]);
  await using root = await HostileRoot.create(async (dir) => {
    for (const folder of ["lib", "lib64", "usr/lib", `lib/${Deno.build.arch}-linux-gnu`]) {
      await Deno.mkdir(`${dir}/${folder}`, { recursive: true });
      for (const name of names) {
        await Deno.writeTextFile(`${dir}/${folder}/${name}`, "not a library", { mode: 0o755 });
      }
    }
    await Deno.copyFile("/usr/bin/env", `${dir}/dynamic`);
  });
  await tsd.run(["run", "-d", "--name", "library", "--rootfs", root.path, "sleep", "100"]);
  try {
    const { stdout } = await tsd.run(["exec", "-u", "app", "library", "id", "-un"]);
    assert.equal(stdout, "app\n");
    for (const verb of ["top", "diff", "logs"]) await tsd.run([verb, "library"]);
    // It would be noticed: a program that does load them cannot.
    const dynamic = await tsd.run(["exec", "library", "/dynamic"], { expect: "any" });
    assert.notEqual(dynamic.code, 0);
  } finally {
    await tsd.run(["rm", "-f", "library"]);
  }
});

Deno.test("CVE-2021-30465: links in a volume do not lead a mount to the host", async () => {
  await using volume = new Folder();
  await using payload = new Folder();
  await Deno.writeTextFile(`${payload.path}/marker`, "mounted\n");
  await Deno.symlink("/", `${volume.path}/root`);
  await Deno.symlink("../../../../../..", `${volume.path}/up`);
  await Deno.symlink("/proc/self/root", `${volume.path}/magic`);
  for (const target of ["/volume/root/target", "/volume/up/target", "/volume/root"]) {
    const mounts = ["-v", `${volume.path}:/volume`, "-v", `${payload.path}:${target}`];
    const { code, stdout } = await sh(
      "for f in /target/marker /marker; do [ -e $f ] && echo $f; done; cat /proc/mounts | wc -l",
      mounts,
    );
    // Wherever the link led, it was a place in the container.
    if (code === 0) assert.match(stdout, /^\/(target\/)?marker\n|^\d+\n/);
  }
  const magic = ["-v", `${volume.path}:/volume`, "-v", `${payload.path}:/volume/magic/etc`];
  assert.equal((await sh("true", magic)).code, 125);
  const mountinfo = await Deno.readTextFile("/proc/self/mountinfo");
  for (const { path } of [volume, payload]) assert.ok(!mountinfo.includes(path));
  await assert.rejects(Deno.lstat("/target"));
});

Deno.test("CVE-2021-30465: a race of links in a shared volume is lost", async () => {
  const { tsd } = shared;
  await using volume = new Folder();
  await using payload = new Folder();
  await Deno.writeTextFile(`${payload.path}/marker`, "mounted\n");
  await Deno.mkdir(`${volume.path}/a`);
  await Deno.symlink("/", `${volume.path}/b`);
  const swap = "cd /volume; while :; do mv a c; mv b a; mv a b; mv c a; done";
  const mount = ["-v", `${volume.path}:/volume`];
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "racer", ...mount, image, "sh", "-c", swap]);
  try {
    for (let round = 0; round < 6; round++) {
      const { stdout } = await sh("ls -d /etc/platform /usr/bin/deno /root/.cache 2>/dev/null", [
        ...mount,
        ...["-v", `${payload.path}:/volume/a/target`],
      ]);
      // Either it was mounted in the container's volume or root, or not at all; never the host's.
      assert.ok(["", "/etc/platform\n"].includes(stdout), stdout);
    }
  } finally {
    await tsd.run(["rm", "-f", "racer"]);
  }
  await assert.rejects(Deno.lstat("/target"));
});

Deno.test("CVE-2022-0492: release_agent of a cgroup is out of reach", async () => {
  const attack = "mkdir /tmp/c; mount -t cgroup -o pids cgroup /tmp/c && echo mounted; " +
    "mount -t cgroup2 cgroup /tmp/c && echo mounted; unshare -UrmC true && echo unshared; " +
    "for f in $(find /sys/fs/cgroup -name release_agent -o -name notify_on_release); do " +
    "echo /evil > $f && echo wrote $f; done; mkdir /sys/fs/cgroup/x && echo made; " +
    "mkdir /sys/fs/cgroup/pids/x && echo made; true";
  assert.equal((await sh(`(${attack}) 2>/dev/null`)).stdout, "");
  // It would be noticed.
  const { stdout } = await sh(`(${attack}) 2>/dev/null`, ["--privileged"]);
  assert.match(stdout, /mounted/);
});

Deno.test("CVE-2024-21626: no working directory leads through a descriptor", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const descriptors = Array.from({ length: 12 }, (_, fd) => fd);
  const magic = ["/proc/self/root", "/proc/1/cwd", "/proc/self/task/1/root/etc"];
  const paths = [...[3, 7, 8, 9].map((fd) => `/proc/self/fd/${fd}`), ...magic];
  await Promise.all(paths.map(async (path) => {
    const { code, stdout } = await sh("pwd; ls -a", ["-w", path]);
    assert.equal(code, 125, `${path}: ${stdout}`);
    assert.equal(stdout, "");
  }));
  await using root = await HostileRoot.create(async (dir) => {
    for (const fd of descriptors) await Deno.symlink(`/proc/self/fd/${fd}`, `${dir}/link${fd}`);
  });
  await tsd.run(["run", "-d", "--name", "cwd", "--rootfs", root.path, "sleep", "100"]);
  try {
    await Promise.all(descriptors.map(async (fd) => {
      const { code, stdout } = await tsd.run(["exec", "-w", `/link${fd}`, "cwd", "pwd"], {
        expect: "any",
      });
      assert.notEqual(code, 0, `${fd}: ${stdout}`);
    }));
    // A link to a folder of the container's is fine.
    await tsd.run(["exec", "cwd", "ln", "-s", "/srv", "/good"]);
    const { stdout } = await tsd.run(["exec", "-w", "/good", "cwd", "pwd", "-P"]);
    assert.equal(stdout, "/srv\n");
  } finally {
    await tsd.run(["rm", "-f", "cwd"]);
  }
  const run = await tsd.run(["run", "--rm", "-w", "/proc", image, "pwd"]);
  assert.equal(run.stdout, "/proc\n");
});

Deno.test("CVE-2025-31133: /dev/null in disguise masks nothing and opens nothing", async () => {
  await using root = await HostileRoot.create(async (dir) => {
    await Deno.symlink(CORE_PATTERN, `${dir}/dev/null`);
    await Deno.symlink(CORE_PATTERN, `${dir}/dev/console`);
  });
  // What an image has in /dev is never seen.
  const script = `stat -c %F /dev/null; echo x 2>/dev/null > ${CORE_PATTERN} && echo wrote; ` +
    "echo x 2>/dev/null > /proc/keys && echo masked";
  const { stdout } = await runRoot(root, [], ["sh", "-c", script]);
  assert.equal(stdout, "character special file\nmasked\n");
  // What a user mounts there is, and then there is no container.
  await using dev = new Folder();
  await Deno.symlink(CORE_PATTERN, `${dev.path}/null`);
  const mounted = await sh(`echo x > ${CORE_PATTERN} && echo wrote`, ["-v", `${dev.path}:/dev`]);
  assert.equal(mounted.code, 125);
  assert.match(mounted.stderr, /\/dev\/null/);
});

Deno.test("CVE-2025-52565: the terminal is mounted by descriptor", async () => {
  await using dev = new Folder();
  await Deno.symlink(CORE_PATTERN, `${dev.path}/console`);
  await Deno.mkdir(`${dev.path}/pts`);
  await Deno.symlink("/dev/ptmx", `${dev.path}/pts/ptmx`);
  for (let number = 0; number < 4; number++) {
    await Deno.symlink(CORE_PATTERN, `${dev.path}/pts/${number}`);
  }
  const script = `echo x > ${CORE_PATTERN} && echo wrote; true`;
  for (const mount of [`${dev.path}:/dev`, `${dev.path}/pts:/dev/pts`]) {
    const { code, stdout } = await sh(script, ["-t", "-v", mount]);
    assert.equal(code, 125, mount);
    assert.doesNotMatch(stdout, /wrote/);
  }
  const { stdout } = await sh(`${script}; stat -c %F /dev/console; tty`, ["-t"]);
  assert.match(stdout, /character special file\r\n\/dev\/pts\/0\r\n$/);
  assert.doesNotMatch(stdout, /wrote/);
});

Deno.test("CVE-2025-52881: nothing is mounted in /proc, and no link stands for it", async () => {
  await using folder = new Folder();
  const targets = ["/proc", "/proc/sys", "/proc/self/attr", "/proc/sys/net/ipv4"];
  const options = targets.map((target) => ["-v", `${folder.path}:${target}`]);
  await Promise.all([...options, ["--tmpfs", "/proc"], ["--tmpfs", "/proc/sys"]].map(
    async (mount) => {
      const { code, stderr } = await sh("true", mount);
      assert.equal(code, 125, mount.join(" "));
      assert.match(stderr, /cannot be mounted because it is inside \/proc/);
    },
  ));
  // By way of a link of the image as well.
  await using root = await HostileRoot.create(async (dir) => {
    await Deno.symlink("/proc/sys", `${dir}/innocent`);
  });
  const linked = await runRoot(root, ["-v", `${folder.path}:/innocent`], ["true"], 125);
  assert.match(linked.stderr, /inside \/proc/);
  await using fake = await HostileRoot.create(async (dir) => {
    await Deno.remove(`${dir}/proc`);
    await Deno.mkdir(`${dir}/fake`);
    await Deno.symlink("/fake", `${dir}/proc`);
  });
  const { stderr } = await runRoot(fake, [], ["true"], 125);
  assert.match(stderr, /mounting "proc" on "\/proc"/);
  // What lxcfs does is fine.
  await Deno.writeTextFile(`${folder.path}/uptime`, "1.00 1.00\n");
  const own = await sh("cat /proc/uptime", ["-v", `${folder.path}/uptime:/proc/uptime`]);
  assert.equal(own.stdout, "1.00 1.00\n");
});

Deno.test("links in the place of mount points lead nowhere else", async () => {
  await using payload = new Folder();
  await Deno.writeTextFile(`${payload.path}/marker`, "mounted\n");
  await using root = await HostileRoot.create(async (dir) => {
    await Deno.symlink("/etc/inside", `${dir}/absolute`);
    await Deno.symlink("../../../../etc/outside", `${dir}/relative`);
    for (const name of ["hosts", "hostname", "resolv.conf"]) {
      await Deno.symlink(`/srv/${name}`, `${dir}/etc/${name}`);
    }
    await Deno.remove(`${dir}/sys`);
    await Deno.symlink("/etc", `${dir}/sys`);
  });
  // The kernel's own file systems are mounted where they belong, or not at all.
  const refused = await runRoot(root, [], ["true"], 125);
  assert.match(refused.stderr, /mounting "sysfs" on "\/sys"/);
  await Deno.remove(`${root.path}/sys`);
  await Deno.mkdir(`${root.path}/sys`);
  const mounts = ["/absolute", "/relative"].flatMap((path) => ["-v", `${payload.path}:${path}`]);
  const script = "cat /etc/inside/marker /etc/outside/marker; wc -l < /srv/hostname; ls /srv";
  const { stdout } = await runRoot(root, mounts, ["sh", "-c", script]);
  assert.equal(stdout, "mounted\nmounted\n1\nhostname\nhosts\nresolv.conf\nwork\n");
  await assert.rejects(Deno.lstat("/etc/inside"));
  await assert.rejects(Deno.lstat("/etc/outside"));
});

Deno.test("mknod of the host's disk makes a node that cannot be opened", async () => {
  const disk = await hostDisk();
  const script = `mknod /tmp/disk b ${disk} && echo made; (: < /tmp/disk) && echo disk; ` +
    "mknod /tmp/mem c 1 1 && (: < /tmp/mem) && echo memory; " +
    "mknod /tmp/kmsg c 1 11 && (: < /tmp/kmsg) && echo kmsg; true";
  const { stdout } = await sh(script);
  assert.equal(stdout, "made\n");
  const privileged = await sh(script, ["--privileged"]);
  assert.match(privileged.stdout, /disk\n(memory\n)?kmsg/);
  // Nor can it be made without the capability.
  assert.equal((await sh(script, ["--cap-drop", "MKNOD"])).stdout, "");
});

/** The number of a block device that the tests themselves may open: a disk, or a loop device. */
async function hostDisk(): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir("/sys/block"))).map(({ name }) => name);
  const isVirtual = (name: string) => /^(loop|ram|zram)/.test(name);
  names.sort((one, other) => Number(isVirtual(one)) - Number(isVirtual(other)));
  for (const name of names) {
    try {
      (await Deno.open(`/dev/${name}`)).close();
    } catch {
      // It has no medium, or this machine is confined itself.
      continue;
    }
    return (await Deno.readTextFile(`/sys/block/${name}/dev`)).trim().replace(":", " ");
  }
  throw new Error("Cannot test with a block device: this machine has none that can be opened");
}
