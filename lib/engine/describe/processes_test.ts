import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { listProcesses, parseProcessTable } from "./processes.ts";

Deno.test("parseProcessTable() keeps the wanted processes and the last column whole", () => {
  const text = `UID        PID  PPID TTY          TIME CMD
root         1     0 ?        00:00:01 /sbin/init
root        42     1 ?        00:00:00 sh -c  sleep 1
root       420     1 ?        00:00:00 other
`;
  assert.deepEqual(parseProcessTable(text, [42, 4]), {
    titles: ["UID", "PID", "PPID", "TTY", "TIME", "CMD"],
    processes: [["root", "42", "1", "?", "00:00:00", "sh -c sleep 1"]],
  });
});

Deno.test("parseProcessTable() keeps the threads that follow a wanted process", () => {
  const text = "PID TTY\n1 ?\n- a\n42 ?\n- b\n- c\n43 ?\n- d\n";
  assert.deepEqual(parseProcessTable(text, [42]).processes, [["42", "?"], ["-", "b"], ["-", "c"]]);
});

Deno.test("parseProcessTable() refuses a table without pids", () => {
  assert.throws(() => parseProcessTable("TTY CMD\n? sh\n", [1]), {
    name: "EngineError",
    message: "Couldn't find PID field in ps output",
  });
});

Deno.test("listProcesses() refuses a container that does not run", async () => {
  using instance = new FakeInstance();
  const { id } = instance.add("stopped", { name: "old" });
  await assert.rejects(listProcesses(instance, "old"), {
    name: "EngineError",
    kind: "conflict",
    message: `Container ${id} is not running`,
  });
});
