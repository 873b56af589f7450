import assert from "node:assert/strict";
import { boundingSet, knownCapabilities } from "../../ffi/mod.ts";
import { suite } from "../harness/suite.ts";
import { AttackFolder, type AttackResult, exists } from "./_attack_programs.ts";
import { ATTACKS } from "./_attacks.ts";
import { DOCKER_IMAGE, Dockerd, hasDocker } from "./_dockerd.ts";

const shared = suite({ pull: ["alpine"] });
const ignore = !await hasDocker();

let docker: Dockerd | undefined;
Deno.test.beforeAll(async () => {
  if (!ignore) docker = await Dockerd.start();
});
Deno.test.afterAll(async () => {
  await docker?.[Symbol.asyncDispose]();
});

/** What a command prints in a container of Docker's, and in one of ours. */
async function both(options: string[], command: string[]): Promise<[theirs: string, ours: string]> {
  const run = ["run", "--rm", ...options];
  const [theirs, ours] = await Promise.all([
    docker!.output([...run, "--network", "none", DOCKER_IMAGE, ...command]),
    shared.tsd.run([...run, shared.image("alpine"), ...command]),
  ]);
  assert.ok(theirs.success, theirs.stderr);
  return [theirs.stdout, ours.stdout];
}

// What says something of the confinement; the rest is of the process or the moment.
const FIELDS = /^(Umask|PPid|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Speculation|SigBlk|TracerPid)/;

// Debian's Docker knows no later ones: PERFMON, BPF, CHECKPOINT_RESTORE.
const KNOWN_TO_DOCKER = (1n << 38n) - 1n;

/** What a `/proc/PID/status` says of the confinement. */
function confinement(status: string): string[] {
  return status.split("\n").filter((line) => FIELDS.test(line)).map((line) => {
    const [name, bits] = line.split("\t");
    return name!.startsWith("Cap") ? `${name} ${BigInt(`0x${bits}`) & KNOWN_TO_DOCKER}` : line;
  });
}

/** Where a host lacks a capability itself, runc refuses to give all of them. */
const hostHasAll = boundingSet() === knownCapabilities();

const OPTIONS: readonly string[][] = [
  [],
  ["--privileged"],
  ["--cap-add", "NET_ADMIN", "--cap-drop", "mknod"],
  ["--cap-drop", "ALL", "--cap-add", "chown"],
  ["--cap-add", "ALL", "--cap-drop", "SYS_ADMIN"],
  ["--security-opt", "no-new-privileges"],
  ["--security-opt", "seccomp=unconfined"],
  ["-u", "1234:5678", "--group-add", "video", "--group-add", "99"],
  ["-u", "app", "--cap-add", "NET_ADMIN", "--group-add", "daemon"],
];

for (const options of OPTIONS) {
  const needsAll = options.includes("--privileged") || options.join(" ").includes("--cap-add ALL");
  Deno.test({
    name: `/proc/1/status is as Docker's with ${options.join(" ") || "no options"}`,
    ignore: ignore || needsAll && !hostHasAll,
    fn: async () => {
      const [theirs, ours] = await both(options, ["cat", "/proc/1/status"]);
      assert.deepEqual(confinement(ours), confinement(theirs));
    },
  });
}

const PATHS = [
  [
    "masked and read-only paths",
    [],
    "mount | cut -d' ' -f 3 | grep -E '^/(proc|sys)' | grep -v interrupts | sort",
  ],
  [
    "open system paths",
    ["--security-opt", "systempaths=unconfined"],
    "mount | grep -c ' on /proc/' || true",
  ],
  ["what --privileged mounts", ["--privileged"], "mount | grep -c ' on /proc/' || true"],
  ["the devices of --privileged", ["--privileged"], "cd /dev; ls | grep -v ^console"],
  ["files of /sys", [], "touch /sys/x 2>&1; touch /sys/fs/cgroup/x 2>&1; true"],
] as const;

for (const [what, options, script] of PATHS) {
  Deno.test({
    name: `${what}: as Docker's`,
    ignore: ignore || options[0] === "--privileged" && !hostHasAll,
    fn: async () => {
      const [theirs, ours] = await both([...options], ["sh", "-c", script]);
      // The namespace of cgroups is Docker's choice on v2 only, and these hosts may have v1.
      const known = (text: string) => text.split("\n").filter((line) => !line.includes("cgroup"));
      assert.deepEqual(known(ours), known(theirs));
    },
  });
}

// What Docker refuses in its newer versions, and AF_ALG in disguise in none so far.
const NEWER = ["io-uring", "socket-alg", "socket-vsock", "socket-alg-disguised"];

Deno.test({
  name: "every attack by system call ends as in a container of Docker's",
  ignore,
  fn: async () => {
    const attacks = Object.fromEntries(
      Object.entries(ATTACKS).filter(([, attack]) => exists(attack)),
    );
    await using folder = await AttackFolder.create(attacks);
    const results: Record<string, AttackResult>[] = [];
    const mount = ["-v", `${folder.path}:/attacks`];
    for (const options of [[], ["--cap-add", "SYS_ADMIN"]]) {
      const run = ["run", "--rm", ...mount, ...options];
      const { stderr, success } = await docker!.output([
        ...[...run, "--network", "none", DOCKER_IMAGE, ...folder.command],
      ]);
      assert.ok(success, stderr);
      results.push(await folder.results());
      await shared.tsd.run([...run, shared.image("alpine"), ...folder.command]);
      results.push(await folder.results());
    }
    const known = (results: Record<string, AttackResult>) =>
      Object.entries(results)
        .filter(([name]) => !NEWER.includes(name))
        .map(([name, result]) => `${name} ${result >= 0 ? "done" : result}`);
    for (let at = 0; at < results.length; at += 2) {
      assert.deepEqual(known(results[at + 1]!), known(results[at]!));
    }
  },
});
