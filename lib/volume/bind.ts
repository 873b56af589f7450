/**
 * `-v HOST:CONTAINER[:OPTIONS]`: files and folders of the host in a container.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

/** A folder or file of the host inside a container. */
export interface BindMount {
  /** An absolute path on the host. */
  source: string;
  /** An absolute path in the container. */
  target: string;
  /** Whether the container may not write to it. */
  readonly: boolean;
}

// What Docker takes and what changes nothing here: there is no SELinux relabelling to do and no
// other consistency to be had.
const IGNORED_OPTIONS = ["z", "Z", "rprivate", "private", "cached", "delegated", "consistent"];

/**
 * Reads a bind mount as `-v` has it.
 *
 * @param text `HOST:CONTAINER` or `HOST:CONTAINER:OPTIONS`, `ro` and `rw` among them.
 * @returns The mount; its source is not looked at.
 * @throws {EngineError} `invalid`: a part is missing, a path is not absolute, an option is unknown.
 */
export function parseBind(text: string): BindMount {
  const [source = "", target = "", options = "", ...rest] = text.split(":");
  if (rest.length > 0 || source === "" || target === "") {
    throw invalid(text, "it must be HOST:CONTAINER or HOST:CONTAINER:OPTIONS");
  }
  if (!source.startsWith("/")) {
    throw invalid(
      text,
      `the host path "${source}" is not absolute, use "$(realpath ${source})" in its place`,
    );
  }
  if (!target.startsWith("/")) throw invalid(text, `mount path must be absolute: "${target}"`);
  if (cleanPath(target) === "/") throw invalid(text, "destination can't be '/'");
  const words = options.split(",").filter((word) => word !== "" && !IGNORED_OPTIONS.includes(word));
  const unknown = words.find((word) => word !== "ro" && word !== "rw");
  if (unknown !== undefined) throw invalid(text, `invalid mode: ${unknown}`);
  return { source, target: cleanPath(target), readonly: words.includes("ro") };
}

/**
 * Checks that a mount's source is there.
 *
 * @param mount The mount.
 * @throws {EngineError} `invalid`: it is not.
 */
export function checkBindSource(mount: BindMount): void {
  try {
    Deno.statSync(mount.source);
  } catch (error) {
    throw new EngineError(
      `Cannot mount "${mount.source}": bind source path does not exist: ${mount.source}`,
      { kind: "invalid", cause: error instanceof Deno.errors.NotFound ? undefined : error },
    );
  }
}

/**
 * Resolves `.`, `..` and repeated slashes of an absolute path by its text alone.
 *
 * @param path An absolute path.
 * @returns The same without them, and without a slash at the end.
 */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function invalid(text: string, reason: string): EngineError {
  return new EngineError(`Cannot mount "${text}": ${reason}`, { kind: "invalid" });
}
