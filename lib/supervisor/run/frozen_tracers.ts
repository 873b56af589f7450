/**
 * Keeping an init from being traced by the containers whose PID namespace it joins.
 *
 * Until it becomes the command, init has the host's root directory and more rights than a container.
 * A process in its PID namespace that may trace there (CAP_SYS_PTRACE, which is no default) could
 * attach to it and have it work for itself: the check of ptrace(2) asks for nothing else. So containers
 * with that capability are frozen meanwhile, which takes them some milliseconds.
 *
 * Starts that join one PID namespace come one after the other, so that none lets others go on too
 * early, and none comes to be a tracer of another that has not looked for it.
 *
 * A supervisor that is killed over it leaves them frozen; the next one lets them go on.
 *
 * @module
 */

import { setFrozen } from "../../cgroup/mod.ts";
import { containerCgroup, type ContainerRecord, type ContainerStore } from "../../container/mod.ts";
import { containerCapabilities } from "../../container/record/security_settings.ts";
import { isGone } from "../../gone.ts";
import { openProcess, ProcessGoneError } from "../../process/mod.ts";
import type { Roots } from "../../state/mod.ts";

const TRACES = "CAP_SYS_PTRACE";
const JOINS = "container:";

/** What is looked at. */
interface Instance {
  /** The instance's. */
  roots: Roots;
  /** Its records. */
  store: ContainerStore;
}

/** By PID namespace: settles when the last start so far that joins it is over. */
const starts = new Map<string, Promise<void>>();

/** Containers that stand still. */
export class FrozenTracers implements AsyncDisposable {
  readonly #instance: Instance;
  readonly #frozen: ContainerRecord[] = [];
  readonly #over: () => void;

  private constructor(instance: Instance, over: () => void) {
    this.#instance = instance;
    this.#over = over;
  }

  /**
   * Freezes those that could trace a container's init, once no other start joins the same namespace.
   *
   * @param instance Where they are found.
   * @param record The container that is to start.
   * @returns What lets them go on; nothing for a container with a PID namespace of its own.
   * @throws {EngineError} `unavailable`, `system`: they cannot be frozen.
   */
  static async freeze(
    instance: Instance,
    record: ContainerRecord,
  ): Promise<FrozenTracers | undefined> {
    const mode = record.settings.namespaces?.pid ?? "private";
    if (!mode.startsWith(JOINS)) return undefined;
    const namespace = pidNamespace(instance.store.find(mode.slice(JOINS.length)));
    // Whoever opens it to join it says that the container does not run.
    if (namespace === undefined) return undefined;
    const before = starts.get(namespace);
    const over = Promise.withResolvers<void>();
    starts.set(namespace, over.promise);
    const frozen = new FrozenTracers(instance, () => {
      if (starts.get(namespace) === over.promise) starts.delete(namespace);
      over.resolve();
    });
    try {
      await before;
      for (const one of tracersIn(instance.store)) {
        if (pidNamespace(one) !== namespace) continue;
        frozen.#frozen.push(one);
        await setFrozen(containerCgroup(instance.roots, one), true);
      }
      return frozen;
    } catch (error) {
      await frozen[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether anybody stands still. */
  get isHoldingUp(): boolean {
    return this.#frozen.length > 0;
  }

  /** Lets them go on, but for those that somebody has paused meanwhile. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const { id } of this.#frozen) await thaw(this.#instance, id);
    } finally {
      this.#over();
    }
  }
}

/**
 * Lets containers go on that a supervisor which was killed has left frozen.
 *
 * @param instance Where they are found.
 */
export async function thawTracers(instance: Instance): Promise<void> {
  for (const { id } of tracersIn(instance.store)) await thaw(instance, id);
}

function tracersIn(store: ContainerStore): ContainerRecord[] {
  return store.list(["running"]).filter(({ settings }) =>
    containerCapabilities(settings.security).includes(TRACES)
  );
}

async function thaw({ roots, store }: Instance, id: string): Promise<void> {
  const record = store.get(id);
  if (record?.status !== "running") return;
  try {
    await setFrozen(containerCgroup(roots, record), false);
  } catch (error) {
    // It has ended, and its cgroup with it.
    if (!isGone(error)) throw error;
  }
}

/** Names a container's PID namespace; nothing if it has ended. */
function pidNamespace({ process }: ContainerRecord): string | undefined {
  if (!process) return undefined;
  try {
    using handle = openProcess(process);
    return handle.readLink("ns/pid");
  } catch (error) {
    if (error instanceof ProcessGoneError) return undefined;
    throw error;
  }
}
