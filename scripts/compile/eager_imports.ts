/**
 * Lazy imports of what is loaded in any case, as imports.
 *
 * What a file imports lazily of itself is wrapped so that it can be run later, and kept as a whole; what
 * it imports is neither.
 *
 * @module
 */

import { dirname, resolve } from "node:path/posix";

const LAZY = /\bconst \{([^{}]*)\} = await import\("(\.[^"]+)"\);/g;
const LAZY_MEMBER = /\(await import\("(\.[^"]+)"\)\)\.(\w+)/g;

/**
 * Rewrites a source file's lazy imports.
 *
 * @param path The file's absolute path.
 * @param text Its content.
 * @param eager Absolute paths of modules that are loaded in any case.
 * @returns The content, which imports these when it is loaded.
 */
export function importEagerly(path: string, text: string, eager: readonly string[]): string {
  const imports: string[] = [];
  const isEager = (specifier: string) => eager.includes(resolve(dirname(path), specifier));
  const take = (name: string, specifier: string) => {
    const alias = `${name}__${imports.length}`;
    const target = JSON.stringify(resolve(dirname(path), specifier));
    imports.push(`import { ${name} as ${alias} } from ${target};`);
    return alias;
  };
  const rewritten = text
    .replaceAll(LAZY, (all, names: string, specifier: string) => {
      if (!isEager(specifier)) return all;
      return names.split(",").map((part) => part.trim()).filter(Boolean).map((part) => {
        const [name = "", local = name] = part.split(/\s*:\s*/);
        return `const ${local} = ${take(name, specifier)};`;
      }).join(" ");
    })
    .replaceAll(
      LAZY_MEMBER,
      (all, specifier: string, name: string) => isEager(specifier) ? take(name, specifier) : all,
    );
  return imports.join("") + rewritten;
}
