/**
 * The names by which containers of the same networks reach each other.
 *
 * They stand in each container's `/etc/hosts`, so there is no name server to run, or to die. On the
 * default network containers have no names for each other, as in Docker.
 *
 * @module
 */

import { DEFAULT_NETWORK, type Endpoint, EndpointStore, NetworkStore } from "../../network/mod.ts";
import type { Database, Roots } from "../../state/mod.ts";
import { bundleDirectory } from "../record/folders.ts";
import { type HostsEntry, rewriteInPlace, withEntries } from "./hosts_file.ts";
import { type ContainerRecord, ContainerStore } from "../record/store.ts";

const SHORT_ID = 12;

/**
 * Brings the hosts files of a network's running containers up to date.
 *
 * @param roots The instance's.
 * @param database The instance's.
 * @param networkIds Whole ids of networks of which the members or their names have changed.
 * @param others Whole ids of containers to bring up to date besides.
 */
export function refreshNames(
  roots: Roots,
  database: Database,
  networkIds: readonly string[],
  others: readonly string[] = [],
): void {
  // Under the writers' lock: of several processes that do so, the last one has seen it all.
  database.transaction(() => {
    const endpoints = namedEndpoints(database);
    const touched = endpoints.filter(({ networkId }) => networkIds.includes(networkId));
    const names = new Map<string, readonly string[]>();
    const store = new ContainerStore(database);
    const namesOf = (endpoint: Endpoint) => {
      const known = names.get(endpoint.id);
      if (known) return known;
      const record = store.get(endpoint.containerId);
      const found = record ? memberNames(record, endpoint) : [];
      names.set(endpoint.id, found);
      return found;
    };
    const members = new Set([...touched.map(({ containerId }) => containerId), ...others]);
    for (const id of members) {
      const entries = entriesFor(id, endpoints, namesOf);
      rewriteInPlace(`${bundleDirectory(roots, id)}/hosts`, (text) => withEntries(text, entries));
    }
  });
}

/** Endpoints of running containers on networks where they have names for each other. */
function namedEndpoints(database: Database): Endpoint[] {
  const unnamed = new NetworkStore(database).byName(DEFAULT_NETWORK)!.id;
  return new EndpointStore(database).list().filter((endpoint) =>
    endpoint.networkId !== unnamed && endpoint.interface !== undefined
  );
}

function entriesFor(
  containerId: string,
  endpoints: readonly Endpoint[],
  namesOf: (endpoint: Endpoint) => readonly string[],
): HostsEntry[] {
  const own = endpoints.filter((one) => one.containerId === containerId);
  return own.flatMap(({ networkId }) =>
    endpoints.filter((one) => one.networkId === networkId).flatMap((endpoint) => {
      const names = namesOf(endpoint);
      return [endpoint.address4, endpoint.address6]
        .filter((address) => address !== undefined)
        .map((address) => ({ address, names }));
    })
  );
}

/**
 * Lists the names of a container on a network.
 *
 * @param record The container.
 * @param endpoint Its connection to the network.
 * @returns Its name, its aliases, the beginning of its id, its host name; each once.
 */
export function memberNames(
  { id, name, settings }: Pick<ContainerRecord, "id" | "name" | "settings">,
  { wishes }: Pick<Endpoint, "wishes">,
): string[] {
  const all = [name, ...wishes.aliases ?? [], id.slice(0, SHORT_ID), settings.hostname];
  return [...new Set(all)];
}
