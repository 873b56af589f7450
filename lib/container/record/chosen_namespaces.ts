/**
 * What a user may choose about a container's namespaces.
 *
 * @module
 */

/** The kinds of namespaces a user may choose about. */
export type ChosenNamespace = "pid" | "ipc" | "uts" | "cgroup" | "user";

/**
 * What a container has of each kind: `private`, the default, one of its own; `host`, the host's;
 * `container:ID`, that of a running container (of IPC and PID).
 */
export type NamespaceModes = Partial<Record<ChosenNamespace, string>>;
