import assert from "node:assert/strict";
import { checkTransition, type ContainerStatus, hasProcesses } from "./status.ts";

const ALL: readonly ContainerStatus[] = [
  "creating",
  "created",
  "running",
  "paused",
  "restarting",
  "stopped",
  "removing",
];

/** What may follow each status. */
const NEXT: Readonly<Record<ContainerStatus, readonly ContainerStatus[]>> = {
  creating: ["created", "running", "removing"],
  created: ["created", "running", "removing"],
  running: ["created", "paused", "restarting", "stopped", "removing"],
  paused: ["running", "restarting", "stopped", "removing"],
  restarting: ["created", "running", "stopped", "removing"],
  stopped: ["created", "running", "removing"],
  removing: ["removing"],
};

for (const from of ALL) {
  Deno.test(`checkTransition() knows what may follow ${from}`, () => {
    for (const to of ALL) {
      if (NEXT[from].includes(to)) checkTransition("web", from, to);
      else {
        assert.throws(() => checkTransition("web", from, to), {
          name: "EngineError",
          kind: "conflict",
          message: `Cannot make container "web" ${to}: it is ${from}`,
        });
      }
    }
  });
}

Deno.test("hasProcesses() is true of what runs and what is paused, not of what waits for a restart", () => {
  assert.deepEqual(ALL.filter((status) => hasProcesses({ status })), ["running", "paused"]);
});
