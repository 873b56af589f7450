import assert from "node:assert/strict";
import { CloneFlag, type SystemCall } from "../../../ffi/mod.ts";
import { bareInitProgram } from "./bare_init.ts";
import type { Spec, SpecNamespace } from "../spec/spec.ts";

const TYPES = ["pid", "mount", "network", "uts", "ipc", "cgroup"] as const;

const SPEC: Spec = {
  ociVersion: "1.2.0",
  process: {
    user: { uid: 0, gid: 0 },
    args: ["true"],
    env: [],
    cwd: "/",
    oomScoreAdj: 5,
    apparmorProfile: "confined",
  },
  root: { path: "rootfs" },
  mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
  linux: { namespaces: TYPES.map((type) => ({ type })) },
};

const V1 = { files: ["/sys/fs/cgroup/memory/tsd/x/tasks"] };
const V2 = { folder: "/sys/fs/cgroup/tsd/x" };

function program(
  cgroup: typeof V1 | typeof V2,
  namespaces: SpecNamespace[],
  witnessMounts?: string,
) {
  return bareInitProgram({ cgroup, namespaces, spec: SPEC, witnessMounts });
}

const named = (calls: readonly SystemCall[], name: string) =>
  calls.filter((call) => call.name === name);
const opened = (calls: readonly SystemCall[]) => named(calls, "openat").map(({ args }) => args[1]);

Deno.test("bareInitProgram() creates the namespaces that are to be new, once it is in its cgroup", () => {
  const { before, child } = program(V1, SPEC.linux.namespaces);
  assert.deepEqual(named(before, "unshare").map(({ args }) => args), [[CloneFlag.NEWPID]]);
  const [{ args }] = named(child, "unshare") as [SystemCall];
  assert.equal(
    args[0],
    CloneFlag.NEWNS | CloneFlag.NEWNET | CloneFlag.NEWUTS | CloneFlag.NEWIPC |
      CloneFlag.NEWCGROUP,
  );
  const entered = child.findIndex(({ args, name }) => name === "openat" && args[1] === V1.files[0]);
  const unshared = child.findIndex(({ name }) => name === "unshare");
  assert.ok(entered > 0 && entered < unshared);
});

Deno.test("bareInitProgram() joins the namespaces of others", () => {
  const namespaces = SPEC.linux.namespaces.map((one) =>
    ["pid", "network"].includes(one.type) ? { ...one, path: `/proc/7/ns/${one.type}` } : one
  );
  const { before, child } = program(V1, namespaces);
  assert.deepEqual(opened(before), ["/proc/7/ns/pid"]);
  assert.deepEqual(named(before, "setns").map(({ args }) => args[1]), [CloneFlag.NEWPID]);
  assert.deepEqual(named(before, "unshare"), []);
  assert.ok(opened(child).includes("/proc/7/ns/network"));
  assert.deepEqual(named(child, "setns").map(({ args }) => args[1]), [CloneFlag.NEWNET]);
  const [{ args }] = named(child, "unshare") as [SystemCall];
  assert.equal(Number(args[0]) & CloneFlag.NEWNET, 0);
});

Deno.test("bareInitProgram() has init born in its cgroup on v2", () => {
  const { before, child, fork } = program(V2, SPEC.linux.namespaces);
  assert.deepEqual(opened(before), [V2.folder]);
  assert.equal(fork.name, "clone3");
  assert.ok(!opened(child).some((path) => `${path}`.startsWith("/sys/fs/cgroup")));
});

Deno.test("bareInitProgram() hides from others, and has what concerns itself written by itself", () => {
  const { before, child } = program(V1, SPEC.linux.namespaces);
  assert.deepEqual(named(before, "prctl").map(({ args }) => args), [[4, 0]]);
  assert.ok(opened(child).includes("/proc/self/oom_score_adj"));
  const written = named(child, "write").map(({ args }) =>
    new TextDecoder().decode(args[1] as Uint8Array)
  );
  assert.ok(written.includes("exec confined"));
  assert.ok(written.includes("5"));
});

Deno.test("bareInitProgram() leaves a parent with nothing of the container's where that is wanted", () => {
  const CLONE_PARENT = 0x8000;
  const sibling = program(V1, SPEC.linux.namespaces);
  assert.ok(Number(sibling.fork.args[0]) & CLONE_PARENT);
  assert.deepEqual(sibling.parent, []);
  const child = program(V1, SPEC.linux.namespaces, "/proc/7/fd/9");
  assert.equal(Number(child.fork.args[0]) & CLONE_PARENT, 0);
  assert.deepEqual(opened(child.parent!), ["/proc/7/fd/9"]);
  assert.deepEqual(named(child.parent!, "setns").map(({ args }) => args[1]), [CloneFlag.NEWNS]);
  assert.deepEqual(child.parent!.slice(-2).map(({ name }) => name), ["close_range", "ppoll"]);
  const [flags, , , , signal] = program(V2, SPEC.linux.namespaces, "/proc/7/fd/9").fork
    .args[0] as BigUint64Array;
  assert.equal(Number(flags) & CLONE_PARENT, 0);
  assert.equal(signal, 17n);
});
