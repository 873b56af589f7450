/**
 * Which Node built-ins the bundle replaces, for which package.
 *
 * A built-in costs 2 to 30 ms at start; the packages named here need so little of theirs that a few
 * lines do. Every other package, and our own code, keeps the real ones.
 *
 * @module
 */

/** For each package, the built-ins that files of `scripts/shims` replace in it. */
const REPLACED: Readonly<Record<string, readonly string[]>> = {
  commander: ["events", "child_process", "fs", "path", "process", "util"],
  // Only `fs.constants` is asked for, and the package brings its own values for want of it.
  "tar-stream": ["fs"],
  // streamx, below tar-stream, gets its EventEmitter here.
  "events-universal": ["events"],
};

/**
 * Tells whether a shim stands in for a built-in.
 *
 * @param importer The importing file's absolute path.
 * @param name The built-in's name, without `node:`.
 * @returns Whether the importer's package gets the shim.
 */
export function isReplaced(importer: string, name: string): boolean {
  const owner = packageOf(importer);
  return owner !== undefined && REPLACED[owner]?.includes(name) === true;
}

/**
 * Tells which npm package a file belongs to.
 *
 * @param path The file's absolute path.
 * @returns The package's name, or nothing for our own files.
 */
export function packageOf(path: string): string | undefined {
  const at = path.lastIndexOf("/node_modules/");
  if (at < 0) return undefined;
  const [scope, name] = path.slice(at + "/node_modules/".length).split("/");
  return scope!.startsWith("@") ? `${scope}/${name}` : scope;
}
