import assert from "node:assert/strict";

const ROOT = new URL("..", import.meta.url).pathname;
const MAP = await Deno.readTextFile(`${ROOT}docs/map.md`);

/** The paths that the map's table and picture name, from `lib` or from the top. */
function paths(): string[] {
  // Words in capitals stand for others.
  const quoted = Array.from(MAP.matchAll(/`([a-z_./]+\/[a-z_./]*)`/g), ([, path]) => path!);
  const drawn = Array.from(MAP.matchAll(/(?<= )((?:cli|engine|supervisor|runtime)\/[\w/]+\.ts)/g));
  return [...quoted, ...drawn.map(([, path]) => path!)];
}

Deno.test("docs/map.md leads to files that are there", async () => {
  const missing = [];
  for (const path of new Set(paths())) {
    const places = [`${ROOT}lib/${path}`, `${ROOT}${path}`];
    const found = await Promise.all(places.map((place) => Deno.stat(place).catch(() => undefined)));
    if (found.every((one) => one === undefined)) missing.push(path);
  }
  assert.deepEqual(missing, []);
  assert.ok(paths().length > 40);
});
