/**
 * Whether a container's configuration lets anything be written at a path.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { parseCopyPath } from "./placement.ts";

/**
 * Checks that files may be copied to a place in a container.
 *
 * The kernel refuses what is mounted read-only; the root of a container that does not run is not.
 *
 * @param record The container.
 * @param path The path, as the user named it.
 * @throws {EngineError} `conflict`: the root is read-only, and nothing else is mounted there.
 */
export function checkWritable({ settings }: ContainerRecord, path: string): void {
  if (!settings.readonlyRoot) return;
  const { binds, tmpfs, volumeMounts = [] } = settings;
  const { clean } = parseCopyPath(path);
  const isMounted = [...binds, ...volumeMounts, ...tmpfs].some(({ target }) =>
    clean === target || clean.startsWith(`${target}/`)
  );
  if (isMounted) return;
  throw new EngineError("container rootfs is marked read-only", { kind: "conflict" });
}
