/**
 * Files and folders of the host in a container.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { existingPart } from "./bind_source.ts";
import { checkPropagation } from "./propagation.ts";

/** How mounts and unmounts pass between the host and a container (mount_namespaces(7)). */
export type Propagation = "private" | "rprivate" | "slave" | "rslave" | "shared" | "rshared";

/** The values of {@linkcode Propagation}. */
export const PROPAGATIONS: readonly string[] = [
  "private",
  "rprivate",
  "slave",
  "rslave",
  "shared",
  "rshared",
];

/** A folder or file of the host inside a container. */
export interface BindMount {
  /** An absolute path on the host. */
  source: string;
  /** An absolute path in the container. */
  target: string;
  /** Whether the container may not write to it. */
  readonly: boolean;
  /**
   * How mounts pass between the host and the container.
   *
   * @default "rprivate"
   */
  propagation?: Propagation;
  /**
   * What becomes of mounts below the source: `disabled` leaves them out, `writable` leaves them
   * writable where the mount itself is not.
   *
   * @default "enabled" they come along, read-only as the mount itself
   */
  recursive?: "enabled" | "disabled" | "writable" | "readonly";
  /** Whether a start that somebody asks for creates the source, as a folder, where it is missing. */
  createSource?: boolean;
  /** Options as `-v` had them, for `inspect`. */
  mode?: string;
  /** Whether it was asked for by `--mount`, for `inspect`. */
  asMount?: true;
  /** Whether it was taken over from another container, for `inspect`. */
  inherited?: true;
}

/**
 * Checks that a mount's source is there, or is going to be created, and shares what it is to share.
 *
 * @param mount The mount.
 * @throws {EngineError} `invalid`: it is not.
 */
export function checkBindSource(mount: BindMount): void {
  const { asMount, createSource, propagation, source } = mount;
  try {
    if (!createSource) Deno.statSync(source);
  } catch (error) {
    const what = `bind source path does not exist: ${source}`;
    // Docker's -v would create it, which would hide many a slip of the pen.
    const message = asMount
      ? `invalid mount config for type "bind": ${what}`
      : `${what}; create it first, or have --mount type=bind,...,bind-create-src do so`;
    throw new EngineError(
      `Cannot mount "${source}": ${message}`,
      { kind: "invalid", cause: error instanceof Deno.errors.NotFound ? undefined : error },
    );
  }
  if (propagation !== undefined) checkPropagation(existingPart(source), propagation);
}
