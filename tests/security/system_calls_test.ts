import assert from "node:assert/strict";
import { boundingSet } from "../../ffi/mod.ts";
import { suite } from "../harness/suite.ts";
import { AttackFolder, type AttackResult, Errno, exists } from "./_attack_programs.ts";
import { ATTACKS, type KnownAttack } from "./_attacks.ts";

const shared = suite({ pull: ["alpine"] });

const attacks: Record<string, KnownAttack> = Object.fromEntries(
  Object.entries(ATTACKS).filter(([, attack]) => exists(attack)),
);

/** What comes of all attacks in a container with some options. */
async function attack(options: string[] = []): Promise<Record<string, AttackResult>> {
  await using folder = await AttackFolder.create(attacks);
  const mount = ["-v", `${folder.path}:/attacks`];
  const args = ["run", "--rm", ...mount, ...options, shared.image("alpine"), ...folder.command];
  await shared.tsd.run(args);
  return await folder.results();
}

/** What a filter answers; for clone3 so that programs fall back to clone. */
function refusal(name: string): AttackResult {
  return name === "clone3" ? -Errno.ENOSYS : -Errno.EPERM;
}

Deno.test("system calls that reach beyond a container are refused", async () => {
  const results = await attack();
  for (const [name, result] of Object.entries(results)) {
    assert.equal(result, refusal(name), `${name} gave ${result}`);
  }
});

Deno.test("the same calls would be noticed: --privileged answers otherwise", async () => {
  const host = boundingSet();
  const results = await attack(["--privileged"]);
  for (const [name, { capability, isSilent }] of Object.entries(attacks)) {
    const isGranted = capability === undefined || (host >> BigInt(capability)) & 1n;
    // What the kernel was built without is ENOSYS to everybody.
    const isMissing = results[name] === -Errno.ENOSYS && name !== "clone3";
    if (!isGranted || isSilent || isMissing) continue;
    assert.notEqual(results[name], refusal(name), name);
  }
});

Deno.test("without a filter, capabilities still refuse most of them", async () => {
  const results = await attack(["--security-opt", "seccomp=unconfined"]);
  const names = ["mount", "reboot", "swapon", "acct", "settimeofday"]
    .concat(["unshare-mount", "unshare-pid", "unshare-network"]);
  for (const name of names) {
    // Not every kernel has all of them.
    assert.ok([-Errno.EPERM, -Errno.ENOSYS].includes(results[name]!), `${name} ${results[name]}`);
  }
  // And the filter alone refuses others.
  assert.notEqual(results["personality"], -Errno.EPERM);
  assert.ok(results["unshare-user"]! >= 0);
});

Deno.test("a capability opens the calls that belong to it", async () => {
  const results = await attack(["--cap-add", "SYS_ADMIN"]);
  const opened = ["mount", "unshare-mount", "clone-pid", "fsopen", "setns", "clone3"];
  for (const name of opened) assert.notEqual(results[name], refusal(name), name);
  for (const name of ["reboot", "add-key", "socket-alg", "userfaultfd"]) {
    assert.equal(results[name], -Errno.EPERM, name);
  }
});

Deno.test("--security-opt seccomp=FILE decides by the profile", async () => {
  const file = await Deno.makeTempFile({ dir: "/var/tmp", prefix: "tsd-profile-" });
  try {
    const syscalls = [
      { names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 99 },
      { names: ["keyctl", "add_key"], action: "SCMP_ACT_ERRNO" },
    ];
    await Deno.writeTextFile(file, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }));
    const results = await attack(["--security-opt", `seccomp=${file}`]);
    assert.equal(results["personality"], -99);
    assert.equal(results["add-key"], -Errno.EPERM);
    assert.notEqual(results["io-uring"], -Errno.EPERM);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("exec has the filter of its container, also with --privileged", async () => {
  const { tsd } = shared;
  await using folder = await AttackFolder.create(attacks);
  const mount = ["-v", `${folder.path}:/attacks`];
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "target", ...mount, image, "sleep", "100"]);
  try {
    for (const options of [[], ["--privileged"], ["-u", "app"]]) {
      if (options[0] === "-u") await Deno.chmod(folder.path, 0o777);
      await tsd.run(["exec", ...options, "target", ...folder.command]);
      for (const [name, result] of Object.entries(await folder.results())) {
        assert.equal(result, refusal(name), `${options} ${name}`);
      }
    }
  } finally {
    await tsd.run(["rm", "-f", "target"]);
  }
});
