// deno-lint-ignore-file no-sync-fn-in-async-fn -- a test may wait
import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { busyboxRoot } from "./harness/images.ts";
import { isKernelSince } from "./harness/kernel.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "files"] });

/** Starts a container whose script ends with `ready`, and runs a test with it and a folder. */
async function withContainer(
  options: string[],
  script: string,
  test: (dir: string) => Promise<void>,
): Promise<void> {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-cp-" });
  const command = ["sh", "-c", `${script}; touch /tmp/ready; sleep 600`];
  await tsd.run(["run", "-d", "--name", "box", ...options, shared.image("alpine"), ...command]);
  try {
    await waitUntil("the container", async () => {
      const { code } = await tsd.run(["exec", "box", "test", "-e", "/tmp/ready"], {
        expect: "any",
      });
      return code === 0;
    });
    await test(dir);
  } finally {
    await tsd.run(["rm", "-fv", "box"]);
    await Deno.remove(dir, { recursive: true });
  }
}

async function cp(...args: string[]): Promise<void> {
  const { stderr, stdout } = await shared.tsd.run(["cp", ...args]);
  assert.deepEqual([stdout, stderr], ["", ""]);
}

async function failure(...args: string[]): Promise<string> {
  const { stderr } = await shared.tsd.run(["cp", ...args], { expect: 1 });
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  return stderr.trimEnd().replace(/^tsd: /, "");
}

async function inBox(script: string): Promise<string> {
  return (await shared.tsd.run(["exec", "box", "sh", "-c", script])).stdout;
}

/** All paths below a folder of the host, and where links lead. */
async function tree(dir: string): Promise<string[]> {
  const text = await hostCommand("find", [dir, "-mindepth", "1", "-printf", "%P%y%l\n"]);
  return text.split("\n").filter((line) => line !== "").sort();
}

const TREE = "mkdir -p /d/sub; echo x > /d/f; echo y > /d/sub/g; ln -s f /d/l; ln -s /d /dl; " +
  "ln -s /nowhere /dangling; touch /file";
const COPIED = ["ff", "subd", "sub/gf", "llf"].sort();

Deno.test("cp out of a container, with Docker's rules of slashes and dots", async () => {
  await withContainer([], TREE, async (dir) => {
    await Deno.mkdir(`${dir}/there`);
    const into = async (source: string, target: string, ...options: string[]) => {
      await cp(...options, `box:${source}`, `${dir}/${target}`);
      const found = await tree(dir);
      await Deno.remove(dir, { recursive: true });
      await Deno.mkdir(`${dir}/there`, { recursive: true });
      return found.filter((path) => path !== "thered");
    };
    const below = (folder: string) =>
      [`${folder}d`, ...COPIED.map((path) => `${folder}/${path}`)].sort();
    assert.deepEqual(await into("/d", "new"), below("new"));
    assert.deepEqual(await into("/d/", "new/"), below("new"));
    assert.deepEqual(await into("/d/.", "new"), below("new"));
    assert.deepEqual(await into("/d", "there"), below("there/d"));
    assert.deepEqual(await into("d/", "there/."), below("there/d"));
    assert.deepEqual(
      await into("/d/.", "there"),
      below("there").filter((path) => path !== "thered"),
    );
    assert.deepEqual(await into("/d/sub/..", "there"), below("there/d"));
    assert.deepEqual(await into("/d/f", "there"), ["there/ff"]);
    assert.deepEqual(await into("/d/f", "new"), ["newf"]);
    assert.deepEqual(await into("/d/l", "new"), ["newlf"]);
    assert.deepEqual(await into("/d/l", "new", "-L"), ["newf"]);
    assert.deepEqual(await into("/dl", "new"), ["newl/d"]);
    assert.deepEqual(await into("/dl/", "new"), below("new"));
    assert.deepEqual(await into("/dl", "there", "-L"), below("there/dl"));
    assert.deepEqual(await into("/dangling", "there"), ["there/danglingl/nowhere"]);
    await Deno.writeTextFile(`${dir}/old`, "old");
    await Deno.symlink("old", `${dir}/link`);
    await cp("box:/d/f", `${dir}/link`);
    assert.equal(await Deno.readTextFile(`${dir}/old`), "x\n");
    assert(Deno.lstatSync(`${dir}/link`).isSymlink);
  });
});

Deno.test("cp into a container, with Docker's rules of slashes and dots", async () => {
  await withContainer([], TREE, async (dir) => {
    await Deno.mkdir(`${dir}/h/sub`, { recursive: true });
    await Deno.writeTextFile(`${dir}/h/f`, "new\n");
    await Deno.writeTextFile(`${dir}/h/sub/g`, "new\n");
    await Deno.symlink("f", `${dir}/h/l`);
    await Deno.symlink("h", `${dir}/hl`);
    await Deno.chown(`${dir}/h/f`, 1000, 1001);
    await Deno.chmod(`${dir}/h/f`, 0o4751);
    await Deno.utime(`${dir}/h/f`, 1_000_000_000, 1_000_000_000);
    const list = (path: string) => inBox(`cd ${path} && find . -mindepth 1 | sort | tr '\\n' ' '`);
    const all = "./f ./l ./sub ./sub/g ";
    await cp(`${dir}/h`, "box:/new");
    assert.equal(await list("/new"), all);
    assert.equal(await inBox("stat -c '%u:%g %a %Y' /new/f"), "1000:1001 4751 1000000000\n");
    await cp(`${dir}/h`, "box:/new");
    assert.equal(await list("/new/h"), all);
    await cp(`${dir}/h/.`, "box:/d");
    assert.equal(await list("/d"), all);
    assert.equal(await inBox("cat /d/f"), "new\n");
    await cp(`${dir}/h/f`, "box:/d/l");
    assert.equal(await inBox("readlink /d/l; cat /d/f"), "f\nnew\n");
    await cp(`${dir}/h/f`, "box:/dl/in");
    assert.equal(await inBox("cat /d/in"), "new\n");
    await cp(`${dir}/h/f`, "box:/dangling");
    assert.equal(await inBox("readlink /dangling; cat /nowhere"), "/nowhere\nnew\n");
    await cp(`${dir}/hl`, "box:/link");
    await cp("-L", `${dir}/hl`, "box:/followed");
    await cp(`${dir}/hl/`, "box:/slash");
    assert.equal(
      await inBox("readlink /link; ls /followed /slash"),
      [
        "h",
        "/followed:\nf\nl\nsub\n",
        "/slash:\nf\nl\nsub\n",
      ].join("\n"),
    );
  });
});

Deno.test("cp refuses what cannot be in Docker's words", async () => {
  await withContainer(["-v", "data:/data:ro"], TREE, async (dir) => {
    await Deno.mkdir(`${dir}/h/f`, { recursive: true });
    await Deno.writeTextFile(`${dir}/one`, "");
    const cases: [args: string[], message: RegExp][] = [
      [["box:/nosuch", dir], /^Could not find the file \/nosuch in container box$/],
      [["box:/file/", dir], /not a directory/],
      [["-L", "box:/dangling", dir], /^Could not find the file/],
      [["nosuch:/x", dir], /^No such container: nosuch$/],
      [["box:/file", `${dir}/nosuch/`], /^no such directory$/],
      [["box:/file", `${dir}/nosuch/x`], /invalid output path: directory ".*" does not exist/],
      [["box:/d", `${dir}/one`], /^cannot copy directory$/],
      [[`${dir}/nosuch`, "box:/"], /^lstat .*\/nosuch: no such file or directory$/],
      [[`${dir}/one`, "box:/nosuch/"], /^no such directory$/],
      [[`${dir}/one`, "box:/file/"], /^no such directory$/],
      [[`${dir}/one`, "box:/nosuch/x"], /^Could not find the file \/nosuch in container box$/],
      [[`${dir}/h`, "box:/file"], /^cannot copy directory$/],
      [[`${dir}/h/.`, "box:/d"], /cannot overwrite non-directory with directory/],
      [[`${dir}/one`, "box:/data"], /^mounted volume is marked read-only$/],
      [[`${dir}/one`, "box:/etc/hosts"], /device or resource busy/],
      [[`${dir}/one`, "box:/dev/null"], /must be a directory or a regular file$/],
      [["box:/", "box:/x"], /^copying between containers is not supported$/],
      [["one", "two"], /^must specify at least one container source$/],
      [["./box:x", "y"], /^must specify at least one container source$/],
      [["box:", "y"], /^path cannot be empty$/],
    ];
    for (const [args, message] of cases) assert.match(await failure(...args), message);
    assert.deepEqual(await tree(dir), ["h/fd", "hd", "onef"].sort());
    assert.equal(await inBox("cat /d/f; grep -c localhost /etc/hosts"), "x\n2\n");
  });
  await shared.tsd.run(["volume", "rm", "data"]);
});

Deno.test("cp - reads and writes archives", async () => {
  const { tsd } = shared;
  await withContainer(["--user", "app"], "true", async (dir) => {
    await Deno.mkdir(`${dir}/a`);
    await Deno.writeTextFile(`${dir}/a/f`, "content");
    await Deno.chown(`${dir}/a/f`, 5, 6);
    const script =
      `cd ${dir}; tar c a | tsd cp - box:/tmp; tar cz a | tsd cp -a - box:/home/app; ` +
      "tsd cp box:/tmp/a - | tar x --to-stdout a/f; tsd cp box:/tmp/a/. - | tar t | sort";
    assert.equal((await tsd.shell(script)).stdout, "content./\n./f\n");
    // With -a files belong to the user the container runs as.
    assert.equal(await inBox("stat -c %u:%g /tmp/a/f /home/app/a/f"), "5:6\n1000:1000\n");
    const refused = async (archive: string, target: string) => {
      const { stderr } = await tsd.shell(`cd ${dir}; ${archive} | tsd cp - box:${target}`, {
        expect: 1,
      });
      return stderr;
    };
    assert.match(await refused("tar c a", "/nosuch"), /"box:\/nosuch" must be a directory/);
    assert.match(await refused("tar c a", "/etc/passwd"), /must be a directory/);
    assert.match(await refused("echo garbage", "/tmp"), /Cannot read the tar archive/);
    assert.match(await refused("tar c a | head -c 1028", "/home"), /cut short/);
    assert.match(await refused("tar c --transform s,a,../b, -P a", "/tmp"), /leaves/);
    // Nothing half-written has a final name.
    assert.equal(await inBox("ls -A /home/a"), "");
  });
});

Deno.test("cp keeps every kind of file as it is", async () => {
  const { tsd } = shared;
  const image = shared.image("files");
  await tsd.run(["create", "--name", "from", image]);
  await tsd.run(["create", "--name", "to", shared.image("alpine"), "sleep", "600"]);
  const { stdoutBytes } = await tsd.run(["cp", "from:/kinds", "-"]);
  await tsd.run(["cp", "-", "to:/srv"], { stdin: stdoutBytes });
  const again = await tsd.run(["cp", "to:/srv/kinds", "-"]);
  assert.deepEqual(again.stdoutBytes, stdoutBytes);
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-cp-" });
  await cp("-a", "from:/kinds", dir);
  await cp(`${dir}/kinds`, "to:/second");
  const third = await tsd.run(["cp", "to:/second/.", "-"]);
  const first = await tsd.run(["cp", "from:/kinds/.", "-"]);
  assert.deepEqual(third.stdoutBytes, first.stdoutBytes);
  await Deno.remove(dir, { recursive: true });
  await tsd.run(["rm", "from", "to"]);
});

Deno.test("cp reaches volumes and memory, of a stopped container too", async () => {
  const { tsd } = shared;
  await withContainer(["-v", "data:/data", "--tmpfs", "/memory"], "true", async (dir) => {
    await Deno.writeTextFile(`${dir}/one`, "1");
    await cp(`${dir}/one`, "box:/data/one");
    await cp(`${dir}/one`, "box:/memory/one");
    assert.equal(await inBox("cat /data/one /memory/one"), "11");
    await tsd.run(["stop", "-t", "0", "box"]);
    await cp(`${dir}/one`, "box:/data/two");
    await cp(`${dir}/one`, "box:/root/two");
    await cp("box:/data/.", `${dir}/out`);
    assert.deepEqual(await tree(`${dir}/out`), ["onef", "twof"]);
    assert.equal(await Deno.readTextFile(`${tsd.root}/volumes/data/_data/two`), "1");
    await tsd.run(["start", "box"]);
    assert.equal(await inBox("cat /root/two; ls /data"), "1one\ntwo\n");
    assert.doesNotMatch(await Deno.readTextFile("/proc/self/mountinfo"), new RegExp(tsd.mark));
  });
  await tsd.run(["volume", "rm", "data"]);
});

Deno.test("cp does not write below a read-only root, running or not", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const create = ["create", "--name", "sealed", "--read-only", "-v", "/data"];
  await tsd.run([...create, image, "sleep", "600"]);
  const file = await Deno.makeTempFile();
  for (const verb of ["inspect", "start"]) {
    await tsd.run([verb, "sealed"]);
    assert.equal(await failure(file, "sealed:/tmp/x"), "container rootfs is marked read-only");
    await cp(file, "sealed:/data/x");
  }
  await tsd.run(["rm", "-fv", "sealed"]);
  await Deno.remove(file);
});

Deno.test("cp of a container that swaps links meanwhile reaches nothing of the host", async () => {
  const { tsd } = shared;
  const host = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-host-" });
  await Deno.mkdir(`${host}/inner`);
  await Deno.writeTextFile(`${host}/file`, "secret of the host");
  await Deno.writeTextFile(`${host}/inner/file`, "secret of the host");
  const before = await tree(host);
  // The same path exists in the container, so that following a link by its text would succeed.
  const swap = `mkdir -p ${host}; cd /trap; while :; do mkdir -p x/inner; echo own > x/file; ` +
    `echo own > x/inner/file; rm -rf x; ln -s ${host} x; rm x; ` +
    `ln -s ../../../../../../../../../..${host} x; rm x; mkfifo x; rm x; done 2>/dev/null`;
  await withContainer([], `mkdir /trap; (${swap}) & true`, async (dir) => {
    await Deno.mkdir(`${dir}/x/inner`, { recursive: true });
    await Deno.writeTextFile(`${dir}/x/file`, "overwritten");
    await Deno.writeTextFile(`${dir}/x/inner/file`, "overwritten");
    const attempts = Array.from({ length: 4 }, (_, number) => [
      [`${dir}/x/.`, "box:/trap/x"],
      [`${dir}/x`, "box:/trap/"],
      [`${dir}/x/file`, "box:/trap/x/file"],
      ["-L", "box:/trap/x", `${dir}/out${number}a`],
      ["box:/trap/x/file", `${dir}/out${number}b`],
      ["box:/trap/.", `${dir}/out${number}c`],
    ]);
    for (const group of attempts) {
      await Promise.all(group.map((args) => tsd.run(["cp", ...args], { expect: "any" })));
    }
    assert.equal(await hostCommand("sh", ["-c", `grep -rl secret ${dir} || true`]), "");
  });
  assert.deepEqual(await tree(host), before);
  for (const path of ["file", "inner/file"]) {
    assert.equal(await Deno.readTextFile(`${host}/${path}`), "secret of the host");
  }
  await Deno.remove(host, { recursive: true });
});

Deno.test("cp loads nothing of a container's libraries, and follows no link of its root", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-cp-" });
  const root = `${dir}/root`;
  await busyboxRoot(root);
  await Deno.mkdir(`${dir}/host`);
  await Deno.writeTextFile(`${dir}/host/victim`, "untouched");
  for (const folder of ["lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "lib64"]) {
    await Deno.mkdir(`${root}/${folder}`, { recursive: true });
    const libraries = ["libc.so.6", "libnss_files.so.2", "libnss_compat.so.2", "libdl.so.2"];
    for (const name of [...libraries, "libpthread.so.0", "libgcc_s.so.1"]) {
      await Deno.writeTextFile(`${root}/${folder}/${name}`, "not a library");
    }
  }
  await Deno.remove(`${root}/etc`, { recursive: true });
  await Deno.symlink(`${dir}/host`, `${root}/etc`);
  await Deno.remove(`${root}/proc`);
  await Deno.symlink("/proc/self/root", `${root}/magic`);
  await Deno.mkdir(`${root}/proc`);
  const create = ["create", "--name", "evil", "--user", "1000", "--rootfs", root, "sleep", "600"];
  await tsd.run(create);
  await Deno.writeTextFile(`${dir}/one`, "written");
  await cp("-a", `${dir}/one`, "evil:/tmp/one");
  await cp(`${dir}/one`, "evil:/etc/victim");
  await cp("evil:/tmp/one", `${dir}/back`);
  assert.equal(await Deno.readTextFile(`${dir}/back`), "written");
  await tsd.run(["start", "evil"]);
  await cp(`${dir}/one`, "evil:/etc/victim");
  assert.match(await failure(`${dir}/one`, `evil:/magic${dir}/host/victim`), /Cannot open|find/);
  assert.equal(await Deno.readTextFile(`${dir}/host/victim`), "untouched");
  await tsd.run(["rm", "-f", "evil"]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("cp that is killed leaves neither mounts nor half a file", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["create", "--name", "quiet", image, "ls", "-A", "/srv"]);
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-cp-" });
  await hostCommand("truncate", ["--size", "3G", `${dir}/big`]);
  const running = tsd.spawn(["cp", `${dir}/big`, "quiet:/srv/big"]);
  // A file without a name, or with one that nobody looks for.
  await waitUntil("the copy", () => {
    const folder = `/proc/${running.child.pid}/fd`;
    return [...Deno.readDirSync(folder)].some(({ name }) => {
      try {
        return /\/srv\/.*(\(deleted\)$|\.tsd-)/.test(Deno.readLinkSync(`${folder}/${name}`));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    });
  }, { intervalMs: 1 });
  running.kill("SIGKILL");
  await running.finish();
  assert.doesNotMatch(await Deno.readTextFile("/proc/self/mountinfo"), new RegExp(tsd.mark));
  const { stdout } = await tsd.run(["start", "-a", "quiet"]);
  // Before Linux 6.10 files of an overlay always have names.
  if (isKernelSince(6, 10)) assert.equal(stdout, "work\n");
  else assert.match(stdout, /^(\.tsd-[-0-9a-f]+\n)?work\n$/);
  await tsd.run(["rm", "quiet"]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("cp and exec while containers start reach the container or nothing", async () => {
  const { tsd } = shared;
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-cp-" });
  await Deno.writeTextFile(`${dir}/one`, "one");
  await tsd.run(["create", "--name", "starting", shared.image("alpine"), "sleep", "600"]);
  // The same path on the host: what is copied or made there would be seen.
  const work = async (round: number) => {
    await Promise.all([
      tsd.run(["start", "starting"]),
      ...[1, 2, 3].map(() => tsd.run(["cp", `${dir}/one`, "starting:/tmp/"])),
      tsd.run(["exec", "starting", "touch", `${dir}/exec${round}`], { expect: "any" }),
      tsd.run(["exec", "starting", "touch", `/tmp/exec${round}`], { expect: "any" }),
    ]);
    await tsd.run(["kill", "starting"]);
    await tsd.run(["wait", "starting"]);
  };
  for (let round = 0; round < 4; round++) await work(round);
  assert.deepEqual(await tree(dir), ["onef"]);
  await cp("starting:/tmp/one", `${dir}/two`);
  assert.equal(await Deno.readTextFile(`${dir}/two`), "one");
  await tsd.run(["rm", "starting"]);
  await Deno.remove(dir, { recursive: true });
});
