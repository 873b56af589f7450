/**
 * What fields of Docker's objects are where nothing is in them.
 *
 * JSON has one `null` for all of them; Docker's templates are executed on typed structs, and show an
 * empty list, an empty map or `<nil>`.
 *
 * @module
 */

import { NIL_MAP, NIL_SLICE } from "./template/mod.ts";

const MAPS = new Set(
  ("Annotations Data DriverOpts ExposedPorts Labels Networks Options PortBindings Ports StorageOpt " +
    "Sysctls Tmpfs Volumes").split(" "),
);
const POINTERS = new Set(
  ("Health Healthcheck IPAMConfig Init MemorySwappiness OomKillDisable PidsLimit SizeRootFs SizeRw " +
    "StopTimeout UsageData").split(" "),
);

/**
 * Tells what an object's field is that is null.
 *
 * @param field Its name.
 * @returns An empty list or map that is still `null` as JSON, or null.
 */
export function nilField(field: string): unknown {
  if (POINTERS.has(field)) return null;
  return MAPS.has(field) ? NIL_MAP : NIL_SLICE;
}
