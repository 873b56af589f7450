/**
 * The namespaces of other containers that a container joins.
 *
 * They are opened by the supervisor, which can tell the other container's process from one that has
 * come by its pid; init gets descriptors. Until a container's init has become its command it may still
 * be in the host's namespaces, so whoever joins it waits for that first.
 *
 * @module
 */

import { close } from "../../../ffi/mod.ts";
import {
  type ContainerRecord,
  type JoinedContainers,
  joinedContainers,
  joinNamespaces,
  sharedNetwork,
  StartLock,
} from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { openProcess, ownDescriptorPath, ProcessGoneError } from "../../process/mod.ts";
import type { Spec, SpecNamespace } from "../../runtime/mod.ts";
import { NAMESPACE_FILE } from "../../runtime/spec/namespace_kinds.ts";
import type { SupervisionContext } from "../supervision_context.ts";

/** Namespaces of others, held open until init has joined them. */
export class JoinedNamespaces implements JoinedContainers, Disposable {
  readonly #context: SupervisionContext;
  readonly #descriptors: number[] = [];
  /** The path by which the network namespace of another container is joined, if one is. */
  network: string | undefined;

  private constructor(context: SupervisionContext) {
    this.#context = context;
  }

  /**
   * Opens the namespaces that a container joins.
   *
   * @param context What supervision needs.
   * @param record The container.
   * @param spec Its configuration.
   * @returns The namespaces, to be disposed of once init has joined them; and the configuration with
   * them.
   * @throws {EngineError} `notFound`: there is no such container; `conflict`: it does not run, has other
   * users, or keeps its IPC namespace to itself.
   */
  static async open(
    context: SupervisionContext,
    record: ContainerRecord,
    spec: Spec,
  ): Promise<{ joined: JoinedNamespaces; spec: Spec }> {
    const joined = new JoinedNamespaces(context);
    const { settings } = record;
    for (const other of joinedContainers(settings, (name) => joined.find(name))) {
      // One that is not recorded as running cannot be joined: so two that want to join each other do
      // not wait for each other here.
      if (other.status !== "running") throw notRunning(other);
      (await StartLock.take(context.roots, other.id, "shared"))[Symbol.dispose]();
    }
    try {
      joined.network = sharedNetwork(settings.network, joined);
      return { joined, spec: joinNamespaces(spec, settings, joined) ?? spec };
    } catch (error) {
      joined[Symbol.dispose]();
      throw error;
    }
  }

  /** What a child inherits that joins them, in the order of {@linkcode JoinedNamespaces.inherited}. */
  get descriptors(): readonly number[] {
    return this.#descriptors;
  }

  find(nameOrId: string): ContainerRecord {
    return this.#context.store.find(nameOrId);
  }

  open(container: ContainerRecord, type: SpecNamespace["type"]): string {
    if (container.status !== "running" || !container.process) throw notRunning(container);
    const file = NAMESPACE_FILE[type];
    try {
      using process = openProcess(container.process);
      const fd = process.open(`ns/${file}`);
      this.#descriptors.push(fd);
      if (hasOwn(container, type) && isOurs(fd, file)) throw notRunning(container);
      return ownDescriptorPath(fd);
    } catch (error) {
      throw error instanceof ProcessGoneError ? notRunning(container) : error;
    }
  }

  /**
   * Names a namespace for a child that inherits {@linkcode JoinedNamespaces.descriptors}.
   *
   * @param path The path for one that does not.
   * @param first The number that the first of the descriptors has there.
   * @returns The path; the same where it is not one of these namespaces.
   */
  inherited(path: string, first: number): string {
    const index = this.#descriptors.findIndex((fd) => ownDescriptorPath(fd) === path);
    return index < 0 ? path : `/proc/self/fd/${first + index}`;
  }

  /** Lets go of the namespaces. */
  [Symbol.dispose](): void {
    this.#descriptors.splice(0).forEach(close);
  }
}

function notRunning({ name }: ContainerRecord): EngineError {
  return new EngineError(`cannot join namespace of a non running container: ${name}`, {
    kind: "conflict",
  });
}

/** Whether a container that runs has a namespace that cannot be the host's. */
function hasOwn({ settings }: ContainerRecord, type: SpecNamespace["type"]): boolean {
  if (type === "mount") return true;
  const mode = type === "network"
    ? settings.network
    : settings.namespaces?.[type as keyof typeof settings.namespaces] ?? "private";
  const isShared = mode === "host" || mode.startsWith("container:");
  return !isShared && (type !== "user" || settings.userNamespace !== undefined);
}

/** An init whose supervisor was killed while it was at work may still be in the host's. */
function isOurs(fd: number, file: string): boolean {
  return Deno.readLinkSync(`/proc/self/fd/${fd}`) === Deno.readLinkSync(`/proc/self/ns/${file}`);
}
