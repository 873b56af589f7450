import assert from "node:assert/strict";
import { suite } from "../harness/suite.ts";
import { AttackFolder, Errno } from "./_attack_programs.ts";
import { Folder } from "./_hostile_root.ts";

const shared = suite({ pull: ["alpine"] });

async function sh(script: string, options: string[] = []): Promise<string> {
  const image = shared.image("alpine");
  const args = ["run", "--rm", "--network", "none", ...options, image, "sh", "-c", script];
  return (await shared.tsd.run(args)).stdout;
}

/** The value of a field of a process's status. */
function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\t(.*?)\\s*$`, "m").exec(status)?.[1];
}

Deno.test("--cap-add and --cap-drop decide what root may do", async () => {
  const script = "chown 7 /tmp && echo chown; ip link set lo mtu 1400 && echo network; " +
    "chroot / true && echo chroot; true";
  const of = (...options: string[]) => sh(`(${script}) 2>/dev/null`, options);
  assert.equal(await of(), "chown\nchroot\n");
  assert.equal(await of("--cap-add", "net_admin"), "chown\nnetwork\nchroot\n");
  assert.equal(await of("--cap-drop=CAP_CHOWN", "--cap-drop", "sys_chroot"), "");
  assert.equal(await of("--cap-drop", "ALL", "--cap-add", "chown"), "chown\n");
});

Deno.test("no process has ambient or inheritable capabilities; users have none", async () => {
  const status = "cat /proc/self/status";
  for (const options of [[], ["--privileged"], ["-u", "app", "--cap-add", "ALL"]]) {
    const text = await sh(status, options);
    for (const set of ["CapInh", "CapAmb"]) assert.equal(field(text, set), "0".repeat(16), set);
    const isRoot = !options.includes("-u");
    assert.equal(field(text, "CapEff") !== "0".repeat(16), isRoot);
  }
});

Deno.test("--privileged gives devices, /sys and the cgroups, and takes the filter away", async () => {
  const script = "grep Seccomp: /proc/self/status; grep -c ' /sys sysfs rw' /proc/mounts; " +
    "grep -c ' /proc/' /proc/mounts; [ -c /dev/kmsg ] && echo kmsg; " +
    "mount -t tmpfs none /mnt 2>/dev/null || mkdir /mnt && mount -t tmpfs none /mnt && echo mounted";
  assert.equal(
    await sh(`${script}; true`, ["--privileged"]),
    "Seccomp:\t0\n1\n0\nkmsg\nmounted\n",
  );
  const confined = await sh(`(${script}) 2>/dev/null; true`);
  assert.match(confined, /^Seccomp:\t2\n0\n[1-9]\d*\n$/);
});

Deno.test("no-new-privileges keeps set-user-ID programs from making a user root", async () => {
  await using folder = await AttackFolder.create({
    "become-root": { call: "setresuid", args: [0, 0, 0] },
  });
  await Deno.chmod(folder.path, 0o777);
  await Deno.chmod(`${folder.path}/become-root`, 0o4755);
  const become = async (options: string[]) => {
    await sh("sh /attacks/run", ["-u", "app", "-v", `${folder.path}:/attacks`, ...options]);
    return (await folder.results())["become-root"];
  };
  assert.equal(await become(["--security-opt", "no-new-privileges"]), -Errno.EPERM);
  // It would be noticed.
  assert.equal(await become([]), 0);
});

Deno.test("--group-add knows names and numbers, for run and exec", async () => {
  const { tsd } = shared;
  const options = ["--group-add", "audio", "--group-add", "4242"];
  assert.equal(await sh("id -G", options), "0 29 4242\n");
  assert.equal(await sh("id -G", ["-u", "app", ...options]), "1000 29 44 4242\n");
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "grouped", ...options, image, "sleep", "100"]);
  try {
    assert.equal((await tsd.run(["exec", "grouped", "id", "-G"])).stdout, "0 29 4242\n");
    const { stdout } = await tsd.run(["inspect", "-f", "{{json .HostConfig.GroupAdd}}", "grouped"]);
    assert.equal(stdout, '["audio","4242"]\n');
  } finally {
    await tsd.run(["rm", "-f", "grouped"]);
  }
  const missing = ["run", "--rm", "--group-add", "nosuch", image, "true"];
  const { stderr } = await tsd.run(missing, { expect: 125 });
  assert.match(stderr, /unable to find group nosuch: no matching entries in group file/);
});

Deno.test("systempaths=unconfined masks nothing", async () => {
  const script = "grep -c ' /proc/' /proc/mounts; true";
  assert.equal(await sh(script, ["--security-opt", "systempaths=unconfined"]), "0\n");
  assert.match(await sh(script), /^[1-9]\d*\n$/);
});

Deno.test("inspect says what confines a container", async () => {
  const { tsd } = shared;
  const options = ["--cap-add", "net_admin", "--cap-drop", "CAP_KILL"];
  options.push("--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined");
  await tsd.run(["create", "--name", "shown", ...options, shared.image("alpine")]);
  const format = "{{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}} " +
    "{{json .HostConfig.SecurityOpt}} {{.HostConfig.Privileged}}";
  const { stdout } = await tsd.run(["inspect", "-f", format, "shown"]);
  const shown = '["CAP_NET_ADMIN"] ["CAP_KILL"] ["no-new-privileges","seccomp=unconfined"] false\n';
  assert.equal(stdout, shown);
  await tsd.run(["rm", "shown"]);
});

Deno.test("bad security options are one clear line, and leave nothing", async () => {
  const { tsd } = shared;
  await using folder = new Folder();
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
    return `seccomp=${folder.path}/${name}`;
  };
  const broken = await write(
    "broken",
    '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [}\n',
  );
  const wrong = await write("wrong", '{"defaultAction": "SCMP_ACT_MAYBE"}');
  const cases: [options: string[], message: RegExp][] = [
    [["--cap-add", "FLY"], /invalid CapAdd: unknown capability: "CAP_FLY"/],
    [["--cap-drop", "cap_fly"], /invalid CapDrop: unknown capability: "CAP_FLY"/],
    [["--security-opt", "magic"], /invalid --security-opt: "magic"/],
    [["--security-opt", "no-new-privileges=maybe"], /invalid --security-opt: /],
    [
      ["--security-opt", "seccomp=/nosuch"],
      /opening seccomp profile \(\/nosuch\) failed: .*No such/,
    ],
    [
      ["--security-opt", broken],
      /compacting json for seccomp profile .*mistake in line 3, column 16/,
    ],
    [["--security-opt", wrong], /Cannot use the seccomp profile: defaultAction must be one of /],
    [["--security-opt", "label=moon:1"], /bad label option "moon:1"/],
  ];
  await Promise.all(cases.map(async ([options, message]) => {
    const args = ["run", "--rm", ...options, shared.image("alpine"), "true"];
    const { stderr, stdout } = await tsd.run(args, { expect: 125 });
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.equal(stdout, "");
  }));
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
});

Deno.test("labels the host cannot apply are discarded with a warning", async () => {
  const enabled = await exists("/sys/module/apparmor") || await exists("/sys/fs/selinux/enforce");
  if (enabled) return;
  const options = ["--security-opt", "apparmor=web", "--security-opt", "label=type:web_t"];
  const { stderr, stdout } = await shared.tsd.run([
    ...["run", "--rm", ...options, shared.image("alpine"), "echo", "runs"],
  ]);
  assert.equal(stdout, "runs\n");
  assert.match(stderr, /no AppArmor.*\n.*no SELinux/);
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
