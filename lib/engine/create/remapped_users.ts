/**
 * Which users of the host those of a container are (`userns-remap` of the configuration).
 *
 * @module
 */

import type { ContainerSettings } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import type { SpecIdMapping } from "../../runtime/mod.ts";
import type { CreateContainerOptions } from "./options.ts";

// As Docker's daemon calls the user and the group it creates.
const DEFAULT_USER = "dockremap";

/** Where accounts and their subordinate ids are looked up. */
export interface AccountPaths {
  /** passwd(5) */
  passwd: string;
  /** group(5) */
  group: string;
  /** subuid(5) */
  subuid: string;
  /** subgid(5) */
  subgid: string;
}

const HOST_PATHS: AccountPaths = {
  passwd: "/etc/passwd",
  group: "/etc/group",
  subuid: "/etc/subuid",
  subgid: "/etc/subgid",
};

/**
 * Finds the users and groups that those of a container become.
 *
 * @param remap `USER[:GROUP]`, each a name or a number, whose subordinate ids they are; or `default`.
 * @param options What is asked of the container.
 * @param paths Where accounts are looked up.
 * @returns All ranges of the user and the group, one behind the other from 0 on.
 * @throws {EngineError} `invalid`: there are no such ids, or the container is to share what belongs to
 * the host's root.
 */
export function remappedUsers(
  remap: string,
  options: CreateContainerOptions,
  paths: AccountPaths = HOST_PATHS,
): NonNullable<ContainerSettings["userNamespace"]> {
  checkCompatible(options);
  const [user = "", group = user] = (remap === "default" ? DEFAULT_USER : remap).split(":");
  return {
    users: subordinateIds(user, paths.passwd, paths.subuid),
    groups: subordinateIds(group, paths.group, paths.subgid),
  };
}

function checkCompatible(options: CreateContainerOptions): void {
  const { namespaces = {}, network } = options;
  const shared = network === "host"
    ? "cannot share the host's network namespace"
    : namespaces.pid === "host"
    ? "cannot share the host PID namespace"
    : namespaces.ipc === "host"
    ? "cannot share the host IPC namespace"
    : undefined;
  if (shared === undefined) return;
  throw new EngineError(
    `Cannot create the container: ${shared} when user namespaces are enabled: use --userns host`,
    { kind: "invalid" },
  );
}

/** The ranges of an account: its lines say `NAME or NUMBER:FIRST:COUNT`. */
function subordinateIds(account: string, accounts: string, path: string): SpecIdMapping[] {
  const names = namesOf(account, accounts);
  let next = 0;
  const mappings: SpecIdMapping[] = [];
  for (const [name = "", first, count] of readFields(path)) {
    const [hostID, size] = [Number(first), Number(count)];
    if (!names.includes(name) || !(size > 0) || !Number.isSafeInteger(hostID + size)) continue;
    mappings.push({ containerID: next, hostID, size });
    next += size;
  }
  if (mappings.length > 0) return mappings;
  throw new EngineError(
    `Cannot map the users of containers to those of "${account}" ("userns-remap"): ${path} gives it ` +
      `no ids; add a line such as "${account}:100000:65536"`,
    { kind: "invalid" },
  );
}

/** An account by name and by number, as far as it is known. */
function namesOf(account: string, path: string): string[] {
  const entry = readFields(path).find(([name, , id]) => name === account || id === account);
  return entry ? [entry[0]!, entry[2]!] : [account];
}

function readFields(path: string): string[][] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new EngineError(`Cannot read "${path}"`, { kind: "system", cause: error });
  }
  return text.split("\n").map((line) => line.split(":"));
}
