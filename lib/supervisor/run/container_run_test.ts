import assert from "node:assert/strict";
import { close, kill, mkfifo, pidfdOpen, Signal, spawn, waitFor } from "../../../ffi/mod.ts";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { type ContainerRecord, runDirectory } from "../../container/mod.ts";
import { identifyProcess } from "../../process/mod.ts";
import { RunningLoop } from "../watch/_running_loop_fixture.ts";
import { ContainerRun } from "./container_run.ts";
import type { SharedVolumes } from "./shared_volumes.ts";
import type { SupervisionContext } from "../supervision_context.ts";

const sleep = () => spawn({ path: "/bin/sleep", args: ["sleep", "60"], env: {}, fds: {} });

/** A container that another supervisor had started, whose command sleeps. */
class Adopted implements AsyncDisposable {
  readonly #running = new RunningLoop();
  readonly #instance = new FakeInstance();
  /** What was told to nobody. */
  readonly log: string[] = [];
  /** What is to be done about its volumes at its end. */
  release = (_record: ContainerRecord): void => {};
  /** Its command. */
  readonly pid = sleep();
  /** The container. */
  readonly run: ContainerRun;

  constructor() {
    const { roots, store } = this.#instance;
    const record = this.#instance.add("running", { process: identifyProcess(this.pid)! });
    for (const stream of ["stdout", "stderr"]) {
      mkfifo(`${runDirectory(roots, record.id)}/${stream}`, 0o600);
    }
    const sharedVolumes: Pick<SharedVolumes, "adopt" | "release"> = {
      adopt: () => {},
      release: (record) => this.release(record),
    };
    const context: Partial<SupervisionContext> = {
      ...{ roots, store },
      loop: this.#running.loop,
      sharedVolumes: sharedVolumes as SharedVolumes,
      log: (message, error) => void this.log.push(`${message}: ${error}`),
    };
    this.run = ContainerRun.adopt(context as SupervisionContext, record, new Set());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#instance[Symbol.dispose]();
    await this.#running[Symbol.asyncDispose]();
  }
}

Deno.test("ContainerRun.signal() spares whoever has the number of a descriptor that is closed", async () => {
  await using container = new Adopted();
  container.run.signal(Signal.SIGTERM);
  assert.equal((await container.run.ended).exitCode, 143);
  const other = sleep();
  // The lowest numbers that are free, its own among them.
  const descriptors = Array.from({ length: 64 }, () => pidfdOpen(other));
  container.run.signal(Signal.SIGKILL);
  kill(other, Signal.SIGTERM);
  assert.deepEqual(waitFor(other), { kind: "signaled", signal: Signal.SIGTERM });
  descriptors.forEach(close);
});

Deno.test("ContainerRun.ended tells the end of a run that cannot be put away, and why it cannot", async () => {
  await using container = new Adopted();
  container.release = () => {
    throw new Error("busy");
  };
  kill(container.pid, Signal.SIGKILL);
  assert.equal((await container.run.ended).exitCode, 137);
  assert.match(container.log.join(), /^Cannot put away container "\w+": Error: busy$/);
});
