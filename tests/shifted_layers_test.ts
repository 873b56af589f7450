import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { giveSubordinateIds } from "./harness/subordinate_ids.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ images: ["alpine", "layers40"] });

const FIRST = 100_000;
const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
/** Linux 6.3 learnt to show other owners on tmpfs. Its ramfs cannot, but has no attributes either. */
const FILE_SYSTEM = major < 6 || major === 6 && minor < 3 ? "tmpfs" : "ramfs";
const HAS_ATTRIBUTES = FILE_SYSTEM === "tmpfs";

Deno.test.beforeAll(async () => {
  await giveSubordinateIds(shared.tsd, "tsdmap", { first: FIRST, count: 65_536 });
  await shared.tsd.configure({ "userns-remap": "tsdmap" });
});

/** Keeps the instance on a file system that cannot show other owners. */
async function withUnmappableRoot(test: () => Promise<void>): Promise<void> {
  const { tsd } = shared;
  await Deno.mkdir(tsd.root, { recursive: true });
  await hostCommand("mount", ["-t", FILE_SYSTEM, FILE_SYSTEM, tsd.root]);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await hostCommand("umount", [tsd.root]));
  stack.defer(async () => void await tsd.run(["system", "reset", "-f"]));
  await test();
}

async function sh(script: string, ...options: string[]): Promise<string> {
  const args = ["run", "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
  return (await shared.tsd.run(args)).stdout;
}

async function copies(): Promise<string[]> {
  const found = await hostCommand("sh", ["-c", `ls ${shared.tsd.root}/shifted/*`]);
  return found.split("\n").filter((line) => line !== "");
}

/** A root with files of most kinds. */
async function archiveOfKinds(): Promise<string> {
  const { home } = shared.tsd;
  const script = "mkdir -p k/bin k/d; cp /bin/busybox k/bin; cp k/bin/busybox k/capable; " +
    "setcap cap_net_raw=ep k/capable; touch k/a; chown 33:44 k/a; chmod 6755 k/a; ln k/a k/b; " +
    "ln -s a k/link; chown -h 7:8 k/link; mkfifo k/fifo; mknod k/null c 1 3; chmod 1777 k/d; " +
    "tar --xattrs --xattrs-include='*' -C k -cf kinds.tar .";
  await hostCommand("sh", ["-ec", `cd ${home}; ${script}`]);
  return `${home}/kinds.tar`;
}

Deno.test("layers are copied for a user namespace where no mount shows other owners", async (test) => {
  await withUnmappableRoot(async () => {
    const { tsd } = shared;
    await tsd.run(["pull", "-q", shared.image("alpine")]);

    await test.step("root in the container is nobody on the host, and owns its files", async () => {
      const script =
        "stat -c %u:%g / /bin/busybox /etc/hosts /new /home; echo '# own' >> /etc/hosts; " +
        "echo x > /home/f; rm /etc/passwd; cat /proc/self/uid_map";
      const output = await sh(script, "-v", "new:/new", "-v", "home:/home");
      assert.deepEqual(output.trim().split("\n").slice(0, 5), Array(5).fill("0:0"));
      assert.deepEqual(output.trim().split("\n")[5]?.trim().split(/\s+/), [
        "0",
        `${FIRST}`,
        "65536",
      ]);
      assert.equal((await Deno.stat(`${tsd.root}/volumes/new/_data`)).uid, FIRST);
      assert.equal((await Deno.stat(`${tsd.root}/volumes/home/_data/f`)).uid, FIRST);
    });

    await test.step("diff, cp, commit and export show the container's owners", async () => {
      const script = "mkdir /out && echo x > /out/f && chown -R 33:44 /out && rm /etc/group";
      await tsd.run(["run", "--name", "kept", shared.image("alpine"), "sh", "-c", script]);
      const { stdout } = await tsd.run(["diff", "kept"]);
      assert.deepEqual(
        stdout.trim().split("\n").sort(),
        ["A /out", "A /out/f", "C /etc", "D /etc/group"],
      );
      await tsd.run(["cp", "-a", "kept:/out", `${tsd.home}/out`]);
      assert.equal((await Deno.stat(`${tsd.home}/out/f`)).uid, 33);
      await tsd.run(["cp", `${tsd.home}/out`, "kept:/in"]);
      await tsd.run(["commit", "kept", "kept:1"]);
      const list = ["sh", "-c", "stat -c %u:%g /out /in/f; ls -d /etc/group 2>/dev/null"];
      for (const options of [[], ["--userns", "host"]]) {
        const args = ["run", "--rm", ...options, "kept:1", ...list];
        assert.equal((await tsd.run(args, { expect: 1 })).stdout, "33:44\n33:44\n");
      }
      const archive = `${tsd.home}/kept.tar`;
      await tsd.run(["export", "-o", archive, "kept"]);
      const listed = await hostCommand("tar", ["--numeric-owner", "-tvf", archive]);
      assert.match(listed, / 33\/44 .* out\/f$/m);
      assert.match(listed, / 0\/0 .* bin\/busybox$/m);
    });

    await test.step("a copy is made once, and goes with its layer", async () => {
      assert.equal((await copies()).length, 2);
      await tsd.run(["rm", "kept"]);
      await tsd.run(["rmi", "kept:1"]);
      assert.equal((await copies()).length, 1);
      const [copy] = await copies();
      const shifted = `${tsd.root}/shifted`;
      const [key] = await Array.fromAsync(Deno.readDir(shifted), ({ name }) => name);
      const { ino } = await Deno.stat(`${shifted}/${key}/${copy}`);
      assert.equal(await sh("id -u"), "0\n");
      assert.equal((await Deno.stat(`${shifted}/${key}/${copy}`)).ino, ino);
      // As a removal that was killed in between would leave it.
      await Deno.mkdir(`${shifted}/${key}/${"0".repeat(64)}`);
      const { stdout } = await tsd.run(["system", "check", "--repair"]);
      assert.match(stdout, /1 copies of layers/);
      assert.equal((await copies()).length, 1);
    });

    await test.step("a folder in place of an image is refused", async () => {
      const { stderr } = await tsd.run(["run", "--rm", "--rootfs", "/", "true"], { expect: 125 });
      assert.match(stderr, /can show its files with the owners of a user namespace/);
    });
  });
});

Deno.test({
  name: "every kind of file, and what layers hide of each other, is the same in copies of layers",
  ignore: !HAS_ATTRIBUTES,
  fn: async () => {
    await withUnmappableRoot(async () => {
      const { tsd } = shared;
      const list =
        "/bin/busybox find / -xdev \\( -path /etc/hosts -o -path /etc/hostname -o -path /etc/resolv.conf " +
        "-o -path /dev -o -path /proc -o -path /sys \\) -prune -o -exec /bin/busybox stat -c '%n %u:%g %a %F %t:%T %h' {} +";
      await tsd.run(["import", await archiveOfKinds(), "kinds:1"]);
      await tsd.run(["pull", "-q", shared.image("layers40")]);
      for (const image of ["kinds:1", shared.image("layers40")]) {
        const seen = async (...options: string[]) =>
          (await tsd.run(["run", "--rm", ...options, image, "/bin/busybox", "sh", "-c", list]))
            .stdout.split("\n").sort();
        assert.deepEqual(await seen(), await seen("--userns", "host"));
      }
      const capabilities = await hostCommand("sh", ["-c", `getcap -n -r ${tsd.root}/shifted`]);
      assert.match(capabilities, /\[rootid=100000\]/);
    });
  },
});
