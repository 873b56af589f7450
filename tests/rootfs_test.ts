import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { busyboxRoot } from "./harness/images.ts";
import { suite } from "./harness/suite.ts";

const shared = suite();

/** Every entry below a directory with type, mode, owner, size, times and link target. */
async function listing(dir: string): Promise<string> {
  return await hostCommand("find", [dir, "-printf", "%P %y %m %U:%G %s %T@ %C@ %l\n"]);
}

Deno.test("run --rootfs runs on a directory and never writes to it", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-rootfs-" });
  await Deno.chmod(dir, 0o755);
  await busyboxRoot(dir);
  const before = await listing(dir);
  const script = "cat /etc/os-release; echo changed > /etc/os-release; rm -r /home; touch /new; " +
    "mkdir -p /deep/er; chmod 700 /tmp; cat /etc/os-release; ls -d /home /new 2>&1; hostname";
  const args = ["run", "--rm", "-w", "/made", "--rootfs", dir, "sh", "-c", script];
  const { stdout } = await tsd.run(args);
  assert.match(
    stdout,
    /^ID=alpine\n.*\nchanged\nls: \/home: No such file or directory\n\/new\n[0-9a-f]{12}\n$/,
  );
  const user = await tsd.run(["run", "--rm", "--rootfs", dir, "-u", "app", "id", "-u"]);
  assert.equal(user.stdout, "1000\n");
  assert.equal(await listing(dir), before);
  const both = ["rootfs-1", "rootfs-2"];
  for (const name of both) {
    await tsd.run(["run", "-d", "--name", name, "--rootfs", dir, "sleep", "1000"]);
    await tsd.run(["exec", name, "sh", "-c", `echo ${name} > /etc/own`]);
  }
  for (const name of both) {
    assert.equal((await tsd.run(["exec", name, "cat", "/etc/own"])).stdout, `${name}\n`);
  }
  await tsd.run(["rm", "-f", ...both]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("run --rootfs / runs on a copy-on-write image of the host", async () => {
  const { tsd } = shared;
  const file = `/etc/tsd-test-${crypto.randomUUID()}`;
  const script =
    `cat /etc/os-release; echo x > ${file} && echo wrote; echo $$; rm -f /etc/hostname; ` +
    "hostname; ls /proc | grep -c '^[0-9]'";
  const { stdout } = await tsd.run(["run", "--rm", "--rootfs", "/", "/bin/sh", "-c", script]);
  const release = await Deno.readTextFile("/etc/os-release");
  assert.ok(stdout.startsWith(`${release}wrote\n1\n`), stdout);
  assert.match(stdout, /\n[0-9a-f]{12}\n3\n$/);
  await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
});

Deno.test("run --rootfs refuses what is not a directory", async () => {
  const { tsd } = shared;
  for (const path of ["/no/such/dir", "/etc/passwd"]) {
    const { stderr } = await tsd.run(["run", "--rm", "--rootfs", path, "true"], { expect: 125 });
    assert.ok(stderr.includes(path), stderr);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});
