import assert from "node:assert/strict";
import type { SystemCall } from "../../../ffi/mod.ts";
import type { ContainerRoot } from "./container_root.ts";
import { type JoinOptions, joinProgram } from "./exec_program.ts";
import { stepError } from "./execute.ts";

const PROCESS = {
  user: { uid: 0, gid: 0 },
  args: ["id"],
  env: ["PATH=/usr/bin:/bin"],
  cwd: "/srv",
};
const IDENTITY = { uid: 7, gid: 8, groups: [8, 9], home: "/home" };

/** A root with nothing but some executables in it. */
function root(...executables: string[]): ContainerRoot {
  return {
    lookUp: (path: string) =>
      executables.includes(path) ? { mode: 0o755, isFile: true, isDirectory: false } : undefined,
  } as ContainerRoot;
}

function program(options: Partial<JoinOptions> = {}): ReturnType<typeof joinProgram> {
  return joinProgram({
    process: PROCESS,
    identity: IDENTITY,
    root: root("/bin/id"),
    cgroup: { files: ["/sys/fs/cgroup/memory/x/tasks"] },
    pid: 7,
    hasUserNamespace: false,
    hasCgroupNamespace: true,
    endsWithParent: false,
    ...options,
  });
}

function names(calls: readonly SystemCall[]): string[] {
  return calls.map(({ name }) => name);
}

Deno.test("joinProgram() places itself on v1 and is born in its place on v2", () => {
  const v1 = program();
  assert.deepEqual(v1.before.slice(2), [
    {
      name: "openat",
      args: [-100, "/sys/fs/cgroup/memory/x/tasks", 1],
      purpose: 'opening "/sys/fs/cgroup/memory/x/tasks"',
    },
    {
      name: "write",
      args: [5, new TextEncoder().encode("0"), 1],
      purpose: 'writing to "/sys/fs/cgroup/memory/x/tasks"',
    },
    { name: "close", args: [5] },
    { name: "setns", args: [4, 0x6e020000] },
  ]);
  assert.equal(v1.fork.name, "clone");
  const v2 = program({ cgroup: { folder: "/sys/fs/cgroup/x" } });
  assert.deepEqual(names(v2.before), ["close_range", "prctl", "openat", "openat", "setns"]);
  assert.deepEqual(v2.before.at(-2)!.args[1], "/proc/7/ns/cgroup");
  assert.deepEqual(v2.before.at(-1)!.args, [4, 0x6c020000]);
  assert.deepEqual(v2.child[0], { name: "setns", args: [6, 0x02000000] });
  const [args] = v2.fork.args as [BigUint64Array];
  assert.deepEqual([v2.fork.name, args[0], args[10]], ["clone3", 0x200008000n, 5n]);
});

Deno.test("joinProgram() ends with the command, found in the container", () => {
  const { child } = program();
  assert.deepEqual(child.at(-1), {
    name: "execve",
    args: ["/bin/id", ["id"], ["PATH=/usr/bin:/bin", "HOME=/home"]],
  });
  const relative = program({
    process: { ...PROCESS, args: ["./run"] },
    root: root("/srv/./run"),
  });
  assert.equal(relative.child.at(-1)?.args[0], "./run");
  assert.throws(() => program({ root: root() }), {
    kind: "commandNotFound",
    message: 'exec: "id": executable file not found in $PATH',
  });
});

Deno.test("joinProgram() takes identity and rights in an order that works", () => {
  const { child } = program({ endsWithParent: true });
  const rights = ["setgroups", "setresgid", "setresuid", "capset", "close_range", "execve"];
  const after = names(child).slice(names(child).indexOf("write"));
  assert.deepEqual(after.filter((name) => rights.includes(name)), rights);
  const deathSignal = child.findIndex(({ args, name }) => name === "prctl" && args[0] === 1);
  assert.ok(deathSignal > names(child).indexOf("capset"));
});

Deno.test("stepError() says what was being done", () => {
  const { before, child } = program({ cgroup: { folder: "/sys/fs/cgroup/x" } });
  const cases: [SystemCall, errno: number, message: string, kind: string][] = [
    [child.at(-1)!, 8, "exec id: exec format error", "commandNotExecutable"],
    [child.at(-1)!, 2, "exec id: no such file or directory", "commandNotFound"],
    [before[2]!, 2, 'opening "/sys/fs/cgroup/x": no such file or directory', "system"],
    [before[4]!, 3, "setns: no such process", "system"],
    [
      child.find(({ name }) => name === "openat2")!,
      20,
      'chdir to cwd ("/srv") set in config.json failed: not a directory',
      "system",
    ],
  ];
  for (const [call, errno, message, kind] of cases) {
    const error = stepError(PROCESS, call, errno);
    assert.deepEqual([error.message, error.kind], [message, kind]);
  }
});
