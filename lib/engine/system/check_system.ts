/**
 * Checking everything an instance keeps, and putting it right.
 *
 * @module
 */

import { ContainerStore } from "../../container/record/store.ts";
import {
  checkBlobs,
  checkImages,
  checkLayers,
  checkLeftovers,
  type Finding,
} from "../../image/check/mod.ts";
import { ImageStore } from "../../image/store/mod.ts";
import { checkContainers, checkVolumes } from "./check_containers.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** Options of {@linkcode checkSystem}. */
export interface CheckSystemOptions {
  /**
   * Whether what is damaged is fetched again, rebuilt or removed.
   *
   * @default false
   */
  repair?: boolean;
  /** Told of each thing that is found, at once. */
  onFinding?: (finding: Finding) => void;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/** What {@linkcode checkSystem} found. */
export interface SystemCheck {
  /** How many images there are. */
  images: number;
  /** How many blobs belong to them. */
  blobs: number;
  /** How many layers they have. */
  layers: number;
  /** How many containers there are. */
  containers: number;
  /** How many volumes there are. */
  volumes: number;
  /** What was found, in its order. */
  findings: Finding[];
}

/**
 * Checks the database, images, blobs, layers, containers and volumes of an instance; reads all of
 * its images' content. Other commands go on meanwhile.
 *
 * @param instance The instance.
 * @param options Whether to put right what is wrong.
 * @returns What was found.
 */
export async function checkSystem(
  instance: Instance,
  options: CheckSystemOptions = {},
): Promise<SystemCheck> {
  const { repair = false, signal } = options;
  const { config, database, roots } = instance;
  const findings: Finding[] = [];
  const report = (finding: Finding) => {
    findings.push(finding);
    options.onFinding?.(finding);
  };
  checkDatabase(instance, report);
  await refreshRecords(roots, new ContainerStore(database));
  const store = new ImageStore(database, roots.root);
  const imageOptions = { store, config, repair, report, signal };
  const found = await checkStore(imageOptions);
  const records = { instance, repair, report };
  const containers = await checkContainers(records);
  const volumes = await checkVolumes(records);
  // Last, so that it takes what the repairs have put away.
  await checkLeftovers(imageOptions);
  return { ...found, containers, volumes, findings };
}

/** As a pull, so that nobody takes for a leftover what is being unpacked to be compared. */
async function checkStore(
  options: Parameters<typeof checkBlobs>[0],
): Promise<Pick<SystemCheck, "images" | "blobs" | "layers">> {
  using _pull = await options.store.beginPull(options.signal);
  const images = await checkImages(options);
  const blobs = await checkBlobs(options);
  const layers = await checkLayers(options);
  return { images, blobs, layers };
}

function checkDatabase({ database }: Instance, report: (finding: Finding) => void): void {
  const problems = [
    ...database.all<{ integrity_check: string }>("PRAGMA integrity_check")
      .map((row) => row.integrity_check).filter((text) => text !== "ok"),
    ...database.all<{ table: string; parent: string }>("PRAGMA foreign_key_check")
      .map(({ table, parent }) => `a row of "${table}" refers to a missing one of "${parent}"`),
  ];
  for (const problem of problems) {
    report({
      object: "database",
      problem,
      outcome: "unrepaired",
      remedy: "put back a copy of state.db, or begin with an empty root",
    });
  }
}
