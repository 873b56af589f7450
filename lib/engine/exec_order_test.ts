import assert from "node:assert/strict";
import { Annotation } from "../runtime/spec.ts";
import type { ExecOptions } from "./exec.ts";
import { execOrder } from "./exec_order.ts";

const PROCESS = {
  terminal: true,
  consoleSize: { height: 24, width: 80 },
  user: { uid: 0, gid: 0, additionalGids: [7] },
  args: ["sleep", "1"],
  env: ["PATH=/bin", "A=container", "B=container"],
  cwd: "/srv",
  capabilities: { bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }],
  oomScoreAdj: 5,
};
const REST = { cgroupFiles: ["/sys/fs/cgroup/x/tasks"], nothing: [0] };

async function order(options: ExecOptions): Promise<ReturnType<typeof execOrder>> {
  const bundle = await Deno.makeTempDir();
  try {
    const spec = {
      ociVersion: "1.2.0",
      process: PROCESS,
      root: { path: "rootfs" },
      linux: { namespaces: [] },
      annotations: { [Annotation.USER]: "app" },
    };
    await Deno.writeTextFile(`${bundle}/config.json`, JSON.stringify(spec));
    return execOrder(bundle, ["id", "-u"], options, REST);
  } finally {
    await Deno.remove(bundle, { recursive: true });
  }
}

Deno.test("execOrder() takes everything but the command from the container", async () => {
  const { consoleSize: _size, ...inherited } = PROCESS;
  assert.deepEqual(await order({}), {
    kind: "execute",
    process: { ...inherited, args: ["id", "-u"], terminal: false },
    user: "app",
    ...REST,
    endsWithParent: true,
  });
});

Deno.test("execOrder() follows what is asked for", async () => {
  const wanted = await order({
    env: ["B=own", "C=own"],
    user: "1:2",
    workingDirectory: "/etc",
    terminal: true,
    size: { rows: 3, columns: 4 },
  });
  assert.equal(wanted.user, "1:2");
  assert.equal(wanted.endsWithParent, false);
  assert.equal(wanted.process.cwd, "/etc");
  assert.deepEqual(wanted.process.consoleSize, { height: 3, width: 4 });
  assert.deepEqual(wanted.process.env, [
    "TERM=xterm",
    "PATH=/bin",
    "A=container",
    "B=own",
    "C=own",
  ]);
  assert.equal((await order({ detach: true })).endsWithParent, false);
  const { bounding, effective, permitted } =
    (await order({ privileged: true })).process.capabilities ?? {};
  for (const set of [bounding, effective, permitted]) assert.ok(set?.includes("CAP_SYS_ADMIN"));
});
