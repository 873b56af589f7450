/**
 * Finds files that import each other in circles.
 *
 * @module
 */

/**
 * Finds the circles of a set of files.
 *
 * @param imports Each file, and the files that it imports.
 * @returns Each circle that a walk from file to file closes, from the file that it closes at; none if
 * the files can be put in a row in which each imports only files behind it.
 */
export function importCircles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string) => {
    const start = way.indexOf(file);
    if (start >= 0) circles.push(way.slice(start));
    if (start >= 0 || done.has(file)) return;
    way.push(file);
    for (const next of imports.get(file) ?? []) visit(next);
    way.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return circles;
}
