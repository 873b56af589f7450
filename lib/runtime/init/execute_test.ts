import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Module from "./execute.ts";
import { executionSteps } from "./execute.ts";
import type { SpecProcess } from "../spec/spec.ts";

const PROCESS: SpecProcess = {
  user: { uid: 0, gid: 0, umask: 0o27 },
  args: ["grep", "", "/proc/self/status", "/proc/self/limits"],
  env: ["PATH=/usr/bin:/bin"],
  cwd: "/",
};
const IDENTITY = { uid: 1000, gid: 1001, groups: [7, 4_000_000_000], home: "/home" };

/** What the command says of itself: the fields of its status, and a line of its limits. */
async function executed(process: SpecProcess): Promise<(name: string) => string | undefined> {
  const script = `
    import { executeAs } from ${JSON.stringify(import.meta.resolve("./execute.ts"))};
    executeAs(${JSON.stringify(process)}, ${JSON.stringify(IDENTITY)});`;
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--no-check", script],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const text = new TextDecoder().decode(stdout);
  return (name) => new RegExp(`:${name}[:\\s]+(.*?)\\s*$`, "m").exec(text)?.[1];
}

Deno.test({
  name: "executeAs() becomes the command with the identity and the rights asked for",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const field = await executed({
      ...PROCESS,
      capabilities: {
        bounding: ["CAP_CHOWN", "CAP_FOWNER", "CAP_KILL"],
        effective: ["CAP_CHOWN"],
        permitted: ["CAP_CHOWN", "CAP_KILL"],
        inheritable: ["CAP_CHOWN"],
        ambient: ["CAP_CHOWN"],
      },
      noNewPrivileges: true,
      rlimits: [
        { type: "RLIMIT_NOFILE", soft: 123, hard: 456 },
        { type: "RLIMIT_CORE", soft: 0, hard: 2 ** 64 },
      ],
    });
    assert.equal(field("Uid"), "1000\t1000\t1000\t1000");
    assert.equal(field("Gid"), "1001\t1001\t1001\t1001");
    assert.equal(field("Groups"), "7 4000000000");
    assert.equal(field("Umask"), "0027");
    assert.equal(field("NoNewPrivs"), "1");
    // Of a user other than root an execve leaves what is ambient.
    assert.equal(field("CapEff"), "0000000000000001");
    assert.equal(field("CapPrm"), "0000000000000001");
    assert.equal(field("CapInh"), "0000000000000001");
    assert.equal(field("CapAmb"), "0000000000000001");
    assert.equal(field("CapBnd"), "0000000000000029");
    // This runtime ignores SIGPIPE, the 13th.
    assert.equal(BigInt(`0x${field("SigIgn")}`) & (1n << 12n), 0n);
    assert.equal(field("SigBlk"), "0000000000000000");
    assert.match(field("Max open files")!, /^123 +456 /);
    assert.match(field("Max core file size")!, /^0 +unlimited /);
  },
});

Deno.test({
  name: "executeAs() without capabilities leaves none",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const field = await executed(PROCESS);
    for (const set of ["Eff", "Prm", "Inh", "Amb", "Bnd"]) {
      assert.equal(field(`Cap${set}`), "0000000000000000", set);
    }
  },
});

Deno.test("executeAs() says why the command cannot be executed", async () => {
  const file = await Deno.makeTempFile({ dir: "/var/tmp" });
  await Deno.writeTextFile(file, "not a program");
  await Deno.chmod(file, 0o755);
  const command: SpecProcess = { ...PROCESS, args: [file] };
  const result = await runAlone(({ executeAs }: typeof Module, process, identity) => {
    try {
      executeAs(process, identity);
    } catch (error) {
      const { kind, message } = error as { kind?: string; message: string };
      return { kind, message };
    }
  }, {
    module: import.meta.resolve("./execute.ts"),
    args: [command, { ...IDENTITY, uid: 0, gid: 0 }] as const,
  });
  await Deno.remove(file);
  assert.deepEqual(result, {
    kind: "commandNotExecutable",
    message: `exec ${file}: exec format error`,
  });
});

Deno.test("executionSteps() adds HOME only where the environment has none", () => {
  const environment = (env: string[]) => {
    const steps = executionSteps({ ...PROCESS, args: ["/bin/sh"], env }, IDENTITY);
    return steps.at(-1)!.args[2];
  };
  assert.deepEqual(environment(["A=1"]), ["A=1", "HOME=/home"]);
  assert.deepEqual(environment(["HOME=/own"]), ["HOME=/own"]);
});

Deno.test("executionSteps() refuses a limit that is unknown", () => {
  for (const type of ["RLIMIT_NOSUCH", "constructor"]) {
    const rlimits = [{ type, soft: 1, hard: 1 }];
    assert.throws(() => executionSteps({ ...PROCESS, rlimits }, IDENTITY), {
      kind: "invalid",
      message: `Cannot set the limit "${type}": it is unknown`,
    });
  }
});

Deno.test("executionSteps() gives up rights in an order in which each step still may be taken", () => {
  const steps = executionSteps({ ...PROCESS, args: ["/bin/sh"], noNewPrivileges: true }, IDENTITY);
  // PR_SET_NO_NEW_PRIVS is 38, PR_SET_KEEPCAPS 8 (linux/prctl.h).
  const wanted = [
    "prctl 38",
    "setgroups",
    "setresgid",
    "prctl 8",
    "setresuid",
    "capset",
    "close_range",
    "execve",
  ];
  const places = wanted.map((text) => {
    const [name, option] = text.split(" ");
    return steps.findIndex((step) =>
      step.name === name && (option === undefined || step.args[0] === Number(option))
    );
  });
  assert.ok(!places.includes(-1), `${places}`);
  assert.deepEqual(places, places.toSorted((a, b) => a - b));
});
