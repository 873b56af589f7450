import assert from "node:assert/strict";
import {
  CloneFlag,
  close,
  kill,
  open,
  OpenFlag,
  setns,
  Signal,
  spawn,
  unshare,
  waitFor,
} from "../../../ffi/mod.ts";
import { FakeInstance, plainSettings } from "../../container/_instance_fixture.ts";
import { type ContainerRecord, type ContainerSettings, StartLock } from "../../container/mod.ts";
import { identifyProcess, type ProcessIdentity } from "../../process/mod.ts";
import type { Spec } from "../../runtime/mod.ts";
import { JoinedNamespaces } from "./joined_namespaces.ts";
import type { SupervisionContext } from "../supervision_context.ts";

// Only root makes network namespaces.
const ignore = Deno.uid() !== 0;
const NOT_RUNNING = {
  kind: "conflict",
  message: "cannot join namespace of a non running container: other",
};

/** A process, in a network namespace of its own or the host's. */
function start(network: "own" | "host"): Disposable & { identity: ProcessIdentity } {
  const ours = open("/proc/thread-self/ns/net", OpenFlag.RDONLY);
  if (network === "own") unshare(CloneFlag.NEWNET);
  const pid = spawn({ path: "/bin/sleep", args: ["sleep", "60"], env: {}, fds: {} });
  setns(ours, CloneFlag.NEWNET);
  close(ours);
  return {
    identity: identifyProcess(pid)!,
    [Symbol.dispose]: () => {
      kill(pid, Signal.SIGKILL);
      waitFor(pid);
    },
  };
}

function contextOf({ roots, store }: FakeInstance): SupervisionContext {
  return { roots, store } as Partial<SupervisionContext> as SupervisionContext;
}

function joining(settings: Partial<ContainerSettings>): ContainerRecord {
  return { settings: plainSettings(settings) } as Partial<ContainerRecord> as ContainerRecord;
}

const SPEC = { mounts: [], linux: { namespaces: [] } } as unknown as Spec;
const record = joining({ network: "container:other" });

Deno.test({
  name: "JoinedNamespaces opens another container's namespace, for who inherits it as well",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    using process = start("own");
    instance.add("running", { name: "other", process: process.identity });
    const { joined } = await JoinedNamespaces.open(contextOf(instance), record, SPEC);
    const path = joined.network!;
    const wanted = await Deno.readLink(`/proc/${process.identity.pid}/ns/net`);
    assert.notEqual(wanted, await Deno.readLink("/proc/self/ns/net"));
    assert.equal(await Deno.readLink(path), wanted);
    assert.equal(joined.descriptors.length, 1);
    assert.equal(joined.inherited(path, 5), "/proc/self/fd/5");
    assert.equal(joined.inherited("/proc/self/ns/net", 5), "/proc/self/ns/net");
    joined[Symbol.dispose]();
    await assert.rejects(Deno.readLink(path), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "JoinedNamespaces never takes the host's for those of a container that is just starting",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    using process = start("host");
    const lender = { name: "other", process: process.identity };
    instance.add("running", lender, { network: "bridge" });
    await assert.rejects(JoinedNamespaces.open(contextOf(instance), record, SPEC), NOT_RUNNING);
  },
});

Deno.test({
  name: "JoinedNamespaces takes the host's of a container that has the host's",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    using process = start("host");
    instance.add("running", { name: "other", process: process.identity }, { network: "host" });
    const { joined } = await JoinedNamespaces.open(contextOf(instance), record, SPEC);
    assert.equal(await Deno.readLink(joined.network!), await Deno.readLink("/proc/self/ns/net"));
    joined[Symbol.dispose]();
  },
});

Deno.test({
  name: "JoinedNamespaces opens nothing of who has a container's pid by now",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    using process = start("own");
    const { identity } = process;
    const reused = { ...identity, start: identity.start - 1 };
    instance.add("running", { name: "other", process: reused });
    await assert.rejects(JoinedNamespaces.open(contextOf(instance), record, SPEC), NOT_RUNNING);
  },
});

Deno.test({
  name: "JoinedNamespaces waits until the other container's command runs",
  ignore,
  fn: async () => {
    using instance = new FakeInstance();
    using process = start("own");
    const { id } = instance.add("running", { name: "other", process: process.identity });
    const starting = await StartLock.take(instance.roots, id, "alone");
    let isOpen = false;
    const opening = JoinedNamespaces.open(contextOf(instance), record, SPEC)
      .finally(() => isOpen = true);
    // Who only looks at another container does not wait.
    const other = instance.add("running", { name: "free", process: process.identity });
    const free = joining({ network: `container:${other.id}` });
    (await JoinedNamespaces.open(contextOf(instance), free, SPEC)).joined[Symbol.dispose]();
    assert.equal(isOpen, false);
    starting[Symbol.dispose]();
    (await opening).joined[Symbol.dispose]();
  },
});
