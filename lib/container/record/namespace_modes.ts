/**
 * Namespaces a container shares with the host or another container.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Spec, SpecMount, SpecNamespace } from "../../runtime/mod.ts";
import type { ChosenNamespace, NamespaceModes } from "./chosen_namespaces.ts";
import { type NetworkMode, sharedWith } from "./network_mode.ts";
import type { ContainerSettings, IdMappings } from "./settings.ts";
import type { ContainerRecord } from "./store.ts";

export type { ChosenNamespace, NamespaceModes } from "./chosen_namespaces.ts";

const SHARED = "container:";

const ALLOWED: Readonly<Record<ChosenNamespace, RegExp>> = {
  pid: /^(private|host|container:.+)$/,
  ipc: /^(private|shareable|host|container:.+)$/,
  uts: /^(private|host)$/,
  cgroup: /^(private|host)$/,
  // Without the host's, it is what the configuration says.
  user: /^(private|host)$/,
};

/**
 * Checks what a user has chosen.
 *
 * @param kind The kind of namespace.
 * @param mode What is chosen; nothing for the default.
 * @returns The mode.
 * @throws {EngineError} `invalid`: there is no such mode.
 */
export function parseNamespaceMode(kind: ChosenNamespace, mode: string | undefined): string {
  if (mode === undefined || mode === "") return "private";
  if (ALLOWED[kind].test(mode)) return mode;
  const flag = kind === "user" || kind === "cgroup" ? `${kind}ns` : kind;
  throw new EngineError(`--${flag}: invalid ${kind.toUpperCase()} mode: ${mode}`, {
    kind: "invalid",
  });
}

/**
 * The namespaces of a container's configuration, as far as they are known before it starts.
 *
 * @param modes What is chosen.
 * @returns Those to create; those to join are added by {@linkcode joinNamespaces}.
 */
export function ownNamespaces(modes: NamespaceModes): SpecNamespace[] {
  const kinds: readonly ChosenNamespace[] = ["pid", "uts", "ipc", "cgroup"];
  return kinds
    .filter((kind) => !/^(host$|container:)/.test(modes[kind] ?? ""))
    .map((type) => ({ type }));
}

/**
 * Tells whether the end of a container's first process is the end of all of them, as it is in a PID
 * namespace of its own.
 *
 * @param modes What is chosen.
 * @returns Whether it is.
 */
export function hasOwnPids(modes: NamespaceModes): boolean {
  return !/^(host$|container:)/.test(modes.pid ?? "");
}

/**
 * Replaces what a container does not have of its own with the host's.
 *
 * @param mounts The mounts of a container with everything of its own.
 * @param modes What is chosen.
 * @returns The mounts.
 */
export function sharedMounts(mounts: readonly SpecMount[], modes: NamespaceModes): SpecMount[] {
  if (modes.ipc !== "host") return [...mounts];
  // Message queues are of the IPC namespace; POSIX shared memory is a file system of its own.
  return mounts.map((mount) =>
    mount.destination === "/dev/shm" ? bindShm("/dev/shm", mount) : mount
  );
}

/**
 * Lists the containers whose namespaces a container joins.
 *
 * @param settings What is chosen.
 * @param find Finds a container by name or id.
 * @returns Them.
 * @throws {EngineError} `notFound`: there is no such container.
 */
export function joinedContainers(
  { namespaces = {}, network }: Pick<ContainerSettings, "namespaces" | "network">,
  find: (nameOrId: string) => ContainerRecord,
): ContainerRecord[] {
  return [...Object.values(namespaces), network].filter((mode) => mode.startsWith(SHARED))
    .map((mode) => find(mode.slice(SHARED.length)));
}

/** Other containers, and the namespaces of theirs that are joined. */
export interface JoinedContainers {
  /**
   * Finds a container.
   *
   * @param nameOrId The container: a name, an id, or the beginning of one.
   * @returns It.
   * @throws {EngineError} `notFound`: there is none.
   */
  find(nameOrId: string): ContainerRecord;
  /**
   * Opens a namespace of a container.
   *
   * @param container The container.
   * @param type The kind of namespace.
   * @returns The path by which it is joined.
   * @throws {EngineError} `conflict`: the container does not run.
   */
  open(container: ContainerRecord, type: SpecNamespace["type"]): string;
}

/**
 * Adds the namespaces of other containers that a container joins.
 *
 * @param spec The container's configuration.
 * @param settings What is chosen. The namespace of a network is not added, see
 * {@linkcode sharedNetwork}.
 * @param others Finds containers, and opens their namespaces.
 * @returns The configuration to start it with; nothing where it joins none.
 * @throws {EngineError} `notFound`: there is no such container; `conflict`: it does not run, has other
 * users, or keeps its IPC namespace to itself.
 */
export function joinNamespaces(
  spec: Spec,
  settings: Pick<ContainerSettings, "namespaces" | "network" | "userNamespace">,
  others: JoinedContainers,
): Spec | undefined {
  const joined = Object.entries(settings.namespaces ?? {})
    .filter(([, mode]) => mode.startsWith(SHARED))
    .map(([kind, mode]) => {
      const container = lender(kind, others.find(mode.slice(SHARED.length)));
      const type = kind as ChosenNamespace;
      return { type, container, path: others.open(container, type) };
    });
  const user = settings.userNamespace && joinedUsers(settings, others);
  if (joined.length === 0 && !user) return undefined;
  const types = joined.map(({ type }) => type as string);
  const namespaces = [
    ...spec.linux.namespaces.filter(({ type }) => !types.includes(type))
      .map((namespace) => namespace.type === "user" ? user ?? namespace : namespace),
    ...joined.map(({ path, type }) => ({ type, path })),
  ];
  const ipc = joined.find(({ type }) => type === "ipc");
  const mountNamespace = ipc && others.open(ipc.container, "mount");
  const mounts = spec.mounts.map((mount) =>
    mountNamespace !== undefined && mount.destination === "/dev/shm"
      ? { ...bindShm("/dev/shm", mount), namespace: mountNamespace }
      : mount
  );
  return { ...spec, mounts, linux: { ...spec.linux, namespaces } };
}

/** Namespaces of a container belong to its user namespace, and can be joined from there only. */
function joinedUsers(
  settings: Parameters<typeof joinNamespaces>[1],
  others: JoinedContainers,
): SpecNamespace | undefined {
  const joined = joinedContainers(settings, (name) => others.find(name));
  for (const { name, settings: { userNamespace } } of joined) {
    if (usersOf(settings.userNamespace) === usersOf(userNamespace)) continue;
    throw new EngineError(
      `cannot join namespaces of container ${name}: its users are others of the host, see ` +
        `"userns-remap"; use --userns host`,
      { kind: "conflict" },
    );
  }
  return joined[0] && { type: "user", path: others.open(joined[0], "user") };
}

function usersOf(mappings: IdMappings | undefined): string {
  return JSON.stringify([mappings?.users, mappings?.groups]);
}

/**
 * Opens the network namespace of another container that a container joins.
 *
 * @param mode Which network it has.
 * @param others Finds containers, and opens their namespaces.
 * @returns The path by which it is joined; nothing where it joins none.
 * @throws {EngineError} `notFound`: there is no such container; `conflict`: it does not run.
 */
export function sharedNetwork(
  mode: NetworkMode,
  others: JoinedContainers,
): string | undefined {
  const other = sharedWith(mode);
  return other === undefined ? undefined : others.open(others.find(other), "network");
}

function bindShm(source: string, mount: SpecMount): SpecMount {
  const options = ["bind", "rprivate", "nosuid", "noexec", "nodev"];
  return { ...mount, type: "bind", source, options };
}

/** As in Docker, an IPC namespace is joined only where its container was made for that. */
function lender(kind: string, container: ContainerRecord): ContainerRecord {
  const { ipc = "private" } = container.settings.namespaces ?? {};
  if (kind !== "ipc" || ipc !== "private") return container;
  throw new EngineError(
    `can't join IPC of container ${container.id}: non-shareable IPC ` +
      `(hint: use --ipc shareable for the donor container)`,
    { kind: "conflict" },
  );
}
