/**
 * Kinds of namespaces, as a configuration and as the kernel names them.
 *
 * @module
 */

import { CloneFlag } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import type { SpecNamespace } from "./spec.ts";

/** A kind of namespace. */
export type NamespaceType = SpecNamespace["type"];

/** The bit of each kind. */
export const NAMESPACE_FLAG: Readonly<Record<NamespaceType, number>> = {
  cgroup: CloneFlag.NEWCGROUP,
  ipc: CloneFlag.NEWIPC,
  mount: CloneFlag.NEWNS,
  network: CloneFlag.NEWNET,
  pid: CloneFlag.NEWPID,
  time: CloneFlag.NEWTIME,
  user: CloneFlag.NEWUSER,
  uts: CloneFlag.NEWUTS,
};

/** The name of each kind's file in `/proc/PID/ns` (namespaces(7)). */
export const NAMESPACE_FILE: Readonly<Record<NamespaceType, string>> = {
  cgroup: "cgroup",
  ipc: "ipc",
  mount: "mnt",
  network: "net",
  pid: "pid",
  time: "time",
  user: "user",
  uts: "uts",
};

/**
 * Combines the bits of several kinds.
 *
 * @param types The kinds.
 * @returns The bits.
 */
export function namespaceFlags(types: readonly NamespaceType[]): number {
  return types.reduce((flags, type) => flags | NAMESPACE_FLAG[type], 0);
}

/**
 * Has a container join a network namespace in place of the one that its configuration asks for.
 *
 * @param namespaces The configuration's.
 * @param path The namespace, if it is another one.
 * @returns The container's.
 */
export function withNetwork(
  namespaces: readonly SpecNamespace[],
  path: string | undefined,
): readonly SpecNamespace[] {
  if (path === undefined) return namespaces;
  return namespaces.map((one) => one.type === "network" ? { ...one, path } : one);
}

/**
 * Says that the kernel gives no namespaces.
 *
 * @param types Their kinds, in words.
 * @param cause What it said.
 * @returns The error.
 */
export function namespaceError(types: string, cause: unknown): EngineError {
  return new EngineError(
    `the kernel does not give a container its own ${types} namespace: it needs a ` +
      `kernel with all of them, and inside another container that one's permission (CAP_SYS_ADMIN)`,
    { kind: "unavailable", cause },
  );
}
