/**
 * Imports through a folder's `mod.ts`, as imports from the files that it exports from.
 *
 * A bundle in several files has a file for each set of modules that are loaded together, and whoever
 * imports one name through a `mod.ts` would load all that is behind it.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path/posix";

const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]*\/mod\.ts)";/gm;
const EXPORT = /^export\s*\{([^}]*)\}\s*from\s*"(\.[^"]*)";/gm;
const EXPORT_ALL = /^export\s*\*\s*from\s*"(\.[^"]*)";/gm;

const DECLARATION =
  /^export\s+(?:async\s+)?(?:function\*?|const|let|(?:abstract\s+)?class)\s+(\w+)/gm;

/** A name and the file that it is imported from. */
interface Source {
  path: string;
  name: string;
}

/** Finds what `mod.ts` files export; each is read once. */
export class Reexports {
  readonly #read: (path: string) => string;
  readonly #known = new Map<string, Map<string, Source>>();

  /**
   * Has read nothing yet.
   *
   * @param read Reads a source file by its absolute path.
   */
  constructor(read: (path: string) => string = Deno.readTextFileSync) {
    this.#read = read;
  }

  /**
   * Rewrites a source file's imports.
   *
   * @param path The file's absolute path.
   * @param text Its content.
   * @returns The content, in which names come from the files that have them, by absolute paths.
   */
  rewrite(path: string, text: string): string {
    return text.replaceAll(IMPORT, (_all, names: string, specifier: string) => {
      const door = resolve(dirname(path), specifier);
      return namesOf(names).map(([name, local]) => {
        const source = this.#source(door, name);
        const { path } = source;
        return `import { ${source.name} as ${local} } from ${JSON.stringify(path)};`;
      }).join("");
    });
  }

  /** What a `mod.ts` has itself is imported from it. */
  #source(path: string, name: string): Source {
    if (basename(path) !== "mod.ts") return { path, name };
    return this.#exports(path).get(name) ?? { path, name };
  }

  #exports(path: string): Map<string, Source> {
    let found = this.#known.get(path);
    if (found) return found;
    this.#known.set(path, found = new Map());
    const text = this.#read(path);
    for (const [, name] of text.matchAll(DECLARATION)) found.set(name!, { path, name: name! });
    for (const [, specifier] of text.matchAll(EXPORT_ALL)) {
      const target = resolve(dirname(path), specifier!);
      for (const [name, source] of this.#exports(target)) found.set(name, source);
    }
    for (const [, names, specifier] of text.matchAll(EXPORT)) {
      const target = resolve(dirname(path), specifier!);
      for (const [name, exported] of namesOf(names!)) {
        found.set(exported, this.#source(target, name));
      }
    }
    return found;
  }
}

/** Names of values, each with the one that follows `as`; types are none. */
function namesOf(list: string): [name: string, as: string][] {
  return list.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "").split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !part.startsWith("type "))
    .map((part) => {
      const [name = "", as = name] = part.split(/\s+as\s+/);
      return [name, as];
    });
}
