import assert from "node:assert/strict";
import { execProcess } from "./process.ts";

const CONTAINER = {
  terminal: true,
  user: { uid: 0, gid: 0, additionalGids: [7] },
  args: ["sleep", "1"],
  env: ["PATH=/bin", "A=container", "B=container"],
  cwd: "/srv",
  capabilities: { bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }],
  oomScoreAdj: 5,
};

Deno.test("execProcess() takes everything but the command from the container", () => {
  assert.deepEqual(execProcess(CONTAINER, ["id", "-u"], {}), {
    ...CONTAINER,
    args: ["id", "-u"],
    terminal: false,
  });
});

Deno.test("execProcess() follows what is asked for", () => {
  const { capabilities, cwd, env, terminal } = execProcess(CONTAINER, ["id"], {
    env: ["B=own", "C=own"],
    privileged: true,
    terminal: true,
    workingDirectory: "/etc",
  });
  assert.equal(cwd, "/etc");
  assert.equal(terminal, true);
  assert.deepEqual(env, ["TERM=xterm", "PATH=/bin", "A=container", "B=own", "C=own"]);
  const { bounding, effective, permitted } = capabilities ?? {};
  for (const set of [bounding, effective, permitted]) assert.ok(set?.includes("CAP_SYS_ADMIN"));
});

Deno.test("execProcess() refuses a relative working directory", () => {
  assert.throws(() => execProcess(CONTAINER, ["id"], { workingDirectory: "etc" }), {
    kind: "invalid",
    message: "Cwd must be an absolute path",
  });
});
