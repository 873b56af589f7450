/**
 * Creating containers.
 *
 * @module
 */

import {
  bundleDirectory,
  checkContainerName,
  type ContainerRecord,
  type ContainerSettings,
  type ContainerStore,
  generateContainerId,
  removeContainer,
  writeBundle,
} from "../../container/mod.ts";
import { identifyProcess } from "../../process/mod.ts";
import type { Config } from "../../config.ts";
import { EngineError } from "../../errors.ts";
import { createBindSources } from "./bind_sources.ts";
import { containerSettings, type ImageOfContainer } from "./settings.ts";
import type { CreateContainerOptions } from "./options.ts";
import { containerFilter } from "./security.ts";
import type { Instance } from "../instance/instance.ts";
import { type PlannedNetworks, planNetworks } from "./network_requests.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** Finds, or pulls, the image of a new container. */
export interface ImageFinder {
  /**
   * Finds an image.
   *
   * @param options What was asked for.
   * @returns The image, and its id where it has one.
   */
  (options: CreateContainerOptions): Promise<ImageOfContainer & { id?: string }>;
}

/**
 * Creates a container. Until that is done it is in status `creating`, and is removed should this
 * process die; so it is until its start, if it is to be provisional.
 *
 * @param instance The instance.
 * @param store Its records.
 * @param findImage Finds, or pulls, the image.
 * @param options What is asked for.
 * @returns The container.
 * @throws {EngineError} As `Containers.create` says.
 */
export async function createContainer(
  instance: Instance,
  store: ContainerStore,
  findImage: ImageFinder,
  options: CreateContainerOptions,
): Promise<ContainerRecord> {
  const { config, database, roots } = instance;
  if (options.name !== undefined) checkContainerName(options.name);
  checkIdFile(options.containerIdFile);
  const image = await findImage(options);
  const id = generateContainerId();
  const inherited = options.volumesFrom?.length
    ? (await import("./inherited_mounts.ts")).inheritedMounts(store, options.volumesFrom)
    : [];
  const logDefaults = { driver: config.logDriver, options: config.logOptions };
  await refreshRecords(roots, store);
  const networks = await planNetworks(instance, store, options);
  const chosen = withNetwork(config, options, networks);
  const settings: ContainerSettings = {
    ...containerSettings(id, image, chosen, logDefaults, inherited),
    ...config.usernsRemap !== undefined && await userNamespace(instance, image, chosen),
    ...options.limits && (await import("./limited_settings.ts")).limitedSettings(chosen),
  };
  const filter = await containerFilter(settings.security);
  const insert = (settings: ContainerSettings) => {
    const inserted = store.insert({
      id,
      imageName: options.image ?? options.rootfs!,
      settings,
      ...options.name !== undefined && { name: options.name },
      ...image.id !== undefined && { imageId: image.id },
      process: identifyProcess(Deno.pid)!,
    });
    networks.connect(id);
    return inserted;
  };
  // Most containers have no volumes.
  const volumes = settings.volumeMounts ? await import("./volumes.ts") : undefined;
  // All or nothing: a container whose address is another one's is not created.
  const record = database.transaction(() =>
    volumes?.insertWithVolumes(instance, settings, insert) ?? insert(settings)
  );
  try {
    writeBundle(roots, id, await volumes?.withServers(record.settings) ?? settings, filter);
    if (settings.limits?.storageSize) {
      const { limitStorage } = await import("../../container/record/storage_limit.ts");
      limitStorage(bundleDirectory(roots, id), id, settings.limits.storageSize);
    }
    await volumes?.fillVolumes(roots, record);
    createBindSources(record.settings);
    writeIdFile(options.containerIdFile, id);
    store.recordEvent(record, "create");
    return options.provisional ? record : keep(store, record);
  } catch (error) {
    await removeContainer(roots, store, id, ["creating"]);
    throw error;
  }
}

function keep(store: ContainerStore, { id }: ContainerRecord): ContainerRecord {
  store.transition(id, ["creating"], "created", { process: null });
  return store.get(id)!;
}

/** What follows from the networks, and from the configuration's name servers. */
function withNetwork(
  config: Config,
  options: CreateContainerOptions,
  { mode, sharer }: PlannedNetworks,
): CreateContainerOptions {
  const { dns = {} } = options;
  const chosen = <T>(own: readonly T[] | undefined, usual: readonly T[] | undefined) =>
    own !== undefined && own.length > 0 ? own : usual ?? [];
  return {
    ...options,
    network: mode,
    dns: {
      servers: chosen(dns.servers, config.dns),
      search: chosen(dns.search, config.dnsSearch),
      options: chosen(dns.options, config.dnsOptions),
    },
    ...sharer && { hostname: sharer.settings.hostname },
  };
}

async function userNamespace(
  instance: Instance,
  { layers }: ImageOfContainer,
  options: CreateContainerOptions,
): Promise<Pick<ContainerSettings, "userNamespace"> & Partial<Pick<ContainerSettings, "layers">>> {
  if (options.namespaces?.user === "host") return {};
  if (options.security?.privileged) {
    throw new EngineError(
      "Cannot create the container: privileged mode is incompatible with user namespaces. You must " +
        "run the container in the host namespace (--userns host) when running privileged mode",
      { kind: "invalid" },
    );
  }
  const { remappedUsers } = await import("./remapped_users.ts");
  const mappings = remappedUsers(instance.config.usernsRemap!, options);
  const { ownLayers } = await import("./own_layers.ts");
  return await ownLayers(instance, mappings, layers, options);
}

function checkIdFile(path: string | undefined): void {
  if (path === undefined) return;
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new EngineError(`Cannot write the container ID file "${path}"`, {
      kind: "invalid",
      cause: error,
    });
  }
  throw new EngineError(
    `Cannot write the container ID file "${path}": container ID file found, make sure the other ` +
      `container isn't running or delete ${path}`,
    { kind: "conflict" },
  );
}

function writeIdFile(path: string | undefined, id: string): void {
  if (path === undefined) return;
  try {
    Deno.writeTextFileSync(path, id, { createNew: true });
  } catch (error) {
    throw new EngineError(`Cannot write the container ID file "${path}"`, {
      kind: "system",
      cause: error,
    });
  }
}
