/**
 * Paths as mounts have them.
 *
 * @module
 */

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

/**
 * Tells what is wrong with a path in a container that something is to be mounted on.
 *
 * @param target The path.
 * @returns The reason in Docker's words; nothing where it is fine.
 */
export function targetProblem(target: string): string | undefined {
  if (!target.startsWith("/")) {
    return `invalid mount path: '${target}' mount path must be absolute`;
  }
  return cleanPath(target) === "/" ? "invalid specification: destination can't be '/'" : undefined;
}
