import assert from "node:assert/strict";
import { readEvents, type Roots } from "../../state/mod.ts";
import { FakeInstance } from "../_instance_fixture.ts";
import {
  forgetEndedExecs,
  recordExecEnd,
  recordUntoldExecEnd,
  rememberExec,
  runningExecs,
} from "./exec_record.ts";
import { identifyProcess } from "../../process/identity.ts";
import type { ContainerRecord } from "./store.ts";

async function withRoots(body: (roots: Roots) => void): Promise<void> {
  const run = await Deno.makeTempDir();
  try {
    body({ root: run, run, instance: "test" });
  } finally {
    await Deno.remove(run, { recursive: true });
  }
}

Deno.test("recordUntoldExecEnd() tells an end that nobody has told", () => {
  using instance = new FakeInstance();
  const { roots, store } = instance;
  const one = instance.add("running");
  const [told, untold] = ["told", "untold"].map((id) => ({ id, container: one }));
  recordExecEnd(roots, store, told!, 3);
  recordUntoldExecEnd(roots, store, told!, 4);
  recordUntoldExecEnd(roots, store, untold!, 5);
  const ends = readEvents(store.database, 0).filter(({ action }) => action === "exec_die");
  assert.deepEqual(ends.map(({ attributes }) => [attributes.execID, attributes.exitCode]), [
    ["told", "3"],
    ["untold", "5"],
  ]);
});

const container = (id: string) => ({ id }) as ContainerRecord;

Deno.test("runningExecs() lists those of one container that run", async () => {
  await withRoots((roots) => {
    assert.deepEqual(runningExecs(roots, "one"), []);
    const alive = identifyProcess(Deno.pid)!;
    rememberExec(roots, { id: "first", container: container("one") }, alive);
    rememberExec(roots, { id: "second", container: container("other") }, alive);
    assert.deepEqual(runningExecs(roots, "one"), ["first"]);
    assert.deepEqual(runningExecs(roots, "other"), ["second"]);
  });
});

Deno.test("forgetEndedExecs() forgets what ended, was another process, or is of another boot", async () => {
  await withRoots((roots) => {
    const alive = identifyProcess(Deno.pid)!;
    const gone = [
      { ...alive, start: alive.start - 1 },
      { ...alive, bootId: "another" },
      // Beyond the largest pid there is (pid_max of proc(5)).
      { ...alive, pid: 2 ** 22 + 1 },
    ];
    gone.forEach((process, index) =>
      rememberExec(roots, { id: `gone${index}`, container: container("one") }, process)
    );
    rememberExec(roots, { id: "alive", container: container("one") }, alive);
    assert.deepEqual(forgetEndedExecs(roots), [{ id: "alive", of: "one" }]);
    assert.deepEqual(Array.from(Deno.readDirSync(`${roots.run}/execs`), ({ name }) => name), [
      "alive",
    ]);
  });
});
