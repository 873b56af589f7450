import assert from "node:assert/strict";
import { makeSystemCall } from "../../ffi/mod.ts";
import { suite } from "../harness/suite.ts";
import type { RunResult } from "../harness/tsd.ts";
import { AttackFolder, Errno } from "./_attack_programs.ts";
import { Folder } from "./_hostile_root.ts";

const shared = suite({ pull: ["alpine"] });

async function sh(script: string, options: string[] = []): Promise<RunResult> {
  const image = shared.image("alpine");
  return await shared.tsd.run(["run", "--rm", ...options, image, "sh", "-c", script], {
    expect: "any",
  });
}

// linux/ptrace.h; attaches without stopping, and ends with the tracer.
const PTRACE_SEIZE = 0x4206;

/** A process of the host that does nothing, to be attacked. */
class Bystander implements AsyncDisposable {
  readonly #process = new Deno.Command("sleep", { args: ["1000"], env: { SECRET: "hosts" } })
    .spawn();

  get pid(): number {
    return this.#process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }
}

Deno.test("processes of the host are out of sight", async () => {
  await using bystander = new Bystander();
  const { stdout } = await sh("ls /proc | grep '^[0-9]' | sort -n | tail -1; kill -0 -1; echo $?");
  const [last, status] = stdout.trim().split("\n").map(Number);
  assert.ok(last! < 20, stdout);
  assert.equal(status, 1);
  assert.equal((await sh(`kill -0 ${bystander.pid}`)).code, 1);
});

Deno.test("processes of the host cannot be traced or entered, even with --pid host", async () => {
  await using bystander = new Bystander();
  const { pid } = bystander;
  await using folder = await AttackFolder.create({
    "seize": { call: "ptrace", args: [PTRACE_SEIZE, pid, 0, 0] },
    "read-memory": { call: "process_vm_readv", args: [pid, 0, 0, 0, 0, 0] },
    "kcmp": { call: "kcmp", args: [pid, pid, 0, 0, 0] },
  });
  const script = `sh /attacks/run; ls /proc/${pid}/root/; cat /proc/${pid}/environ; ` +
    `readlink /proc/${pid}/cwd; readlink /proc/${pid}/fd/0; head -c 1 /proc/${pid}/mem; true`;
  const mount = ["-v", `${folder.path}:/attacks`, "--pid", "host"];
  const confined = await sh(`(${script}) 2>/dev/null`, mount);
  assert.equal(confined.stdout, "");
  const refused = await folder.results();
  assert.equal(refused["seize"], -Errno.EPERM);
  assert.equal(refused["kcmp"], -Errno.EPERM);
  // It would be noticed.
  const privileged = await sh(`(${script}) 2>/dev/null`, [...mount, "--privileged"]);
  assert.match(privileged.stdout, /SECRET=hosts/);
  assert.equal((await folder.results())["seize"], 0);
});

Deno.test("a container has a session keyring of its own, and does not see others", async () => {
  // KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING, made where there is none.
  const hosts = makeSystemCall({ name: "keyctl", args: [0, -3, 1] });
  await using folder = await AttackFolder.create({
    "session": { call: "keyctl", args: [0, -3, 0] },
    // KEYCTL_DESCRIBE, and KEYCTL_LINK to the session's.
    "describe": { call: "keyctl", args: [6, hosts, 0, 0] },
    "link": { call: "keyctl", args: [8, hosts, -3] },
  });
  const options = ["-v", `${folder.path}:/attacks`, "--security-opt", "seccomp=unconfined"];
  const { stdout } = await sh("sh /attacks/run; cat /proc/keys", options);
  const { session, link } = await folder.results();
  assert.ok(session! > 0 && session !== hosts, `${session} and ${hosts}`);
  assert.ok(link! < 0, `${link}`);
  assert.equal(stdout, "");
});

Deno.test("raw sockets reach the container's own network only, and go with a capability", async () => {
  const AF_INET = 2;
  const AF_PACKET = 17;
  const SOCK_RAW = 3;
  await using folder = await AttackFolder.create({
    "icmp": { call: "socket", args: [AF_INET, SOCK_RAW, 1] },
    "packet": { call: "socket", args: [AF_PACKET, SOCK_RAW, 0x0300] },
  });
  const mount = ["-v", `${folder.path}:/attacks`];
  await sh("sh /attacks/run", mount);
  assert.ok(Object.values(await folder.results()).every((result) => result >= 0));
  const dropped = await sh("sh /attacks/run; ls /sys/class/net", [
    ...["--network", "none"],
    ...mount,
    "--cap-drop",
    "NET_RAW",
  ]);
  assert.deepEqual(await folder.results(), { icmp: -Errno.EPERM, packet: -Errno.EPERM });
  assert.equal(dropped.stdout, "lo\n");
});

Deno.test("commands that join are not caught on their way in", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await using out = new Folder();
  // Looks at whatever appears: at its executable, root, descriptors, environment and arguments.
  const watch = "while :; do for p in /proc/[0-9]*; do " +
    'r=$(readlink $p/root) && [ "$r" != / ] && echo root $r; ' +
    "cat $p/root/etc/platform >/dev/null 2>&1 || [ ! -r $p/root ] || echo foreign root; " +
    "tr '\\0' '\\n' < $p/environ | grep -E '^(TSD_|HOME=/var/tmp|DENO)'; " +
    "ls -l $p/fd | grep -v -E 'containers/.*/std(out|err)' | grep -E '/var/|/run/|cgroup|ns:'; " +
    "tr '\\0' ' ' < $p/cmdline | grep -E 'tsd-mode|deno'; " +
    "readlink $p/exe | grep -E 'deno|tsd'; done 2>/dev/null; done > /out/log";
  await Deno.writeTextFile(`${out.path}/watch`, watch);
  const mount = ["-v", `${out.path}:/out`];
  await tsd.run(["run", "-d", "--name", "watched", ...mount, image, "sh", "/out/watch"]);
  try {
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 4 }, () => tsd.run(["exec", "watched", "true"])));
    }
    assert.equal(await Deno.readTextFile(`${out.path}/log`), "");
  } finally {
    await tsd.run(["rm", "-f", "watched"]);
  }
});

Deno.test("no descriptor, argument or variable of the engine is inside", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  // The streams are FIFOs whose names tell where they are; nothing can be reached by a name.
  const script = "ls /proc/self/fd | wc -l; tr '\\0' '\\n' < /proc/1/environ; " +
    "cat /proc/*/cmdline | tr '\\0' ' '; " +
    "ls -l /proc/1/fd | grep -v -E '/dev/|/proc/|containers/.*/std(out|err)'";
  const env = { SECRET_OF_HOST: "leak" };
  // Whoever starts us may have left descriptors open.
  await using folder = new Folder();
  await Deno.writeTextFile(`${folder.path}/open`, "");
  const run = await tsd.shell(
    `tsd run --rm ${image} sh -c "${script.replaceAll("$", "\\$")}" 7<${folder.path}/open`,
    { env },
  );
  // The three, and that of the folder that is listed.
  assert.match(run.stdout, /^4\n/);
  assert.doesNotMatch(run.stdout, /SECRET_OF_HOST|tsd|deno/);
  await tsd.run(["run", "-d", "--name", "clean", image, "sleep", "100"]);
  try {
    const exec = await tsd.shell(
      `tsd exec clean sh -c 'ls /proc/self/fd | wc -l; env' 7<${folder.path}/open`,
      { env },
    );
    assert.match(exec.stdout, /^4\n/);
    assert.doesNotMatch(exec.stdout, /SECRET_OF_HOST|TSD_/);
  } finally {
    await tsd.run(["rm", "-f", "clean"]);
  }
});
