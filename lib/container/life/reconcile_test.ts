import assert from "node:assert/strict";
import { close, mkdirat, open, openat, OpenFlag } from "../../../ffi/mod.ts";
import { FakeInstance } from "../_instance_fixture.ts";
import { currentBootId, identifyProcess, type ProcessIdentity } from "../../process/identity.ts";
import { reconcileCommands, reconcileRuns } from "./reconcile.ts";
import { removeContainer } from "./removal.ts";

const alive = (): ProcessIdentity => identifyProcess(Deno.pid)!;
/** This process's pid, as another process had it earlier in this boot. */
const reused = (): ProcessIdentity => ({ ...alive(), start: 1 });
const ofOtherBoot = (): ProcessIdentity => ({ ...alive(), bootId: "another boot" });

// The cgroups of the containers do not exist, which is fine; the host's own have to be there.
const ignore = Deno.uid() !== 0;

Deno.test({
  name: "removeContainer() removes the folders, and the record last",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const { roots, store } = instance;
    const { id } = instance.add("stopped");
    const other = instance.add("stopped");
    await removeContainer(roots, store, id, ["stopped"]);
    assert.equal(store.get(id), undefined);
    assert.deepEqual(instance.folders(id), []);
    assert.deepEqual(instance.folders(other.id), ["root", "run"]);
    await assert.rejects(removeContainer(roots, store, id, ["stopped"]), { kind: "notFound" });
  },
});

Deno.test({
  name: "removeContainer() leaves one in another status alone",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const { roots, store } = instance;
    const { id, name } = instance.add("running", { process: alive() });
    await assert.rejects(removeContainer(roots, store, id, ["created", "stopped"]), {
      kind: "conflict",
      message: `Cannot make container "${name}" removing: it is running`,
    });
    assert.deepEqual(instance.folders(id), ["root", "run"]);
  },
});

Deno.test({
  name: "removeContainer() removes a folder nested too deep for recursion",
  ignore,
  fn: async () => {
    // In memory, as an ordinary file system takes a millisecond for each folder.
    using instance = new FakeInstance("/dev/shm");
    const { id } = instance.add("stopped");
    const bundle = `${instance.roots.root}/containers/${id}`;
    let fd = open(bundle, OpenFlag.PATH);
    for (let level = 0; level < 20_000; level++) {
      mkdirat(fd, "d", 0o755);
      const next = openat(fd, "d", OpenFlag.PATH);
      close(fd);
      fd = next;
    }
    close(fd);
    await removeContainer(instance.roots, instance.store, id, ["stopped"]);
    assert.deepEqual(instance.folders(id), []);
  },
});

Deno.test({
  name: "reconcileCommands() removes what a dead command was creating or removing",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const { roots, store } = instance;
    const kept = [
      instance.add("creating", { process: alive() }),
      instance.add("removing", { process: alive() }),
      instance.add("created"),
      instance.add("running", { process: reused() }),
      instance.add("stopped"),
    ];
    const abandoned = [
      instance.add("creating", { process: reused() }),
      instance.add("creating", { process: ofOtherBoot() }),
      instance.add("creating"),
      instance.add("removing", { process: reused() }),
    ];
    await reconcileCommands(roots, store);
    for (const { id } of abandoned) {
      assert.equal(store.get(id), undefined);
      assert.deepEqual(instance.folders(id), []);
    }
    for (const record of kept) assert.deepEqual(store.get(record.id), record);
  },
});

Deno.test({
  name: "reconcileRuns() tells what runs on from what has ended, and records that",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const { roots, store } = instance;
    const running = instance.add("running", { process: alive() });
    const paused = instance.add("paused", { process: alive() });
    const killed = instance.add("running", { process: reused() });
    const lost = instance.add("running", { process: ofOtherBoot() });
    const removed = instance.add("running", { process: reused() }, { autoRemove: true });
    const stopped = instance.add("stopped");
    const before = Date.now();
    const result = await reconcileRuns(roots, store);
    const ids = (records: { id: string }[]) => records.map(({ id }) => id).toSorted();
    assert.deepEqual(ids(result.running), [running.id, paused.id].toSorted());
    assert.deepEqual(result.restarting, []);
    for (const [{ id }, exitCode] of [[killed, 137], [lost, 255]] as const) {
      const record = store.get(id)!;
      assert.deepEqual([record.status, record.exitCode, record.process], [
        "stopped",
        exitCode,
        undefined,
      ]);
      assert(record.finishedAt! >= before);
      assert.deepEqual(instance.folders(id), ["root"]);
    }
    assert.equal(store.get(removed.id), undefined);
    assert.deepEqual(instance.folders(removed.id), []);
    assert.deepEqual(store.get(stopped.id), stopped);
  },
});

Deno.test({
  name: "reconcileRuns() gives back what a restart policy wants, in this boot",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    const always = { restart: { name: "always", maximumRetryCount: 0 } } as const;
    const again = instance.add("running", { process: reused() }, always);
    const lost = instance.add("running", { process: ofOtherBoot() }, always);
    const waiting = instance.add("restarting", {}, always);
    const result = await reconcileRuns(instance.roots, instance.store);
    assert.equal(currentBootId(), again.process?.bootId);
    assert.deepEqual(
      result.restarting.map(({ id }) => id).toSorted(),
      [again.id, waiting.id].toSorted(),
    );
    assert.equal(instance.store.get(again.id)?.status, "restarting");
    assert.equal(instance.store.get(lost.id)?.status, "stopped");
  },
});
