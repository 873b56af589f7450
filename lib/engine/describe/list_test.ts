import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { currentBootId, identifyProcess } from "../../process/identity.ts";
import { listContainers, type ListContainersOptions } from "./list.ts";

Deno.test("listContainers() lists what runs, the newest first, or all, or so many", async () => {
  using instance = new FakeInstance();
  // A supervisor that lives, so that nobody looks after the containers.
  await Deno.mkdir(instance.roots.run, { recursive: true });
  const self = identifyProcess(Deno.pid)!;
  assert.equal(self.bootId, currentBootId());
  await Deno.writeTextFile(`${instance.roots.run}/supervisor.lock`, JSON.stringify(self));
  instance.add("created", { name: "aa" });
  instance.add("running", { name: "bb", process: self });
  instance.add("paused", { name: "cc", process: self });
  instance.add("stopped", { name: "dd" });
  instance.add("restarting", { name: "ee" });
  const cases: [ListContainersOptions, string][] = [
    [{}, "ee cc bb"],
    [{ all: true }, "ee dd cc bb aa"],
    [{ limit: 2 }, "ee dd"],
    [{ filters: { status: ["created"] } }, "aa"],
    [{ filters: { name: ["d", "b"] } }, "bb"],
    [{ filters: { name: ["a", "d"] }, limit: 1 }, "dd"],
  ];
  for (const [options, expected] of cases) {
    const records = await listContainers(instance, options);
    assert.equal(records.map(({ name }) => name).join(" "), expected, JSON.stringify(options));
  }
});
