import assert from "node:assert/strict";
import { FakeInstance } from "../_instance_fixture.ts";
import { pauseContainer, resumeContainer } from "./pause.ts";

// The cgroups of these containers do not exist; the host's own have to be there.
const ignore = Deno.uid() !== 0;

Deno.test({
  name: "resumeContainer() takes a container whose cgroup is gone for one that runs on",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const { id } = instance.add("paused");
    assert.equal(await resumeContainer(instance.roots, instance.store, id), true);
    assert.equal(instance.store.get(id)!.status, "running");
    assert.equal(await resumeContainer(instance.roots, instance.store, id), false);
  },
});

Deno.test({
  name: "pauseContainer() leaves a container that cannot be paused as it was",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const { id } = instance.add("running");
    // Its cgroup went with its end.
    await assert.rejects(pauseContainer(instance.roots, instance.store, id), {
      name: "EngineError",
      kind: "conflict",
      message: /^cannot pause container: .+: Container .+ is not running$/,
    });
    assert.equal(instance.store.get(id)!.status, "running");
    const { id: stopped } = instance.add("stopped");
    await assert.rejects(pauseContainer(instance.roots, instance.store, stopped), {
      kind: "conflict",
    });
  },
});
