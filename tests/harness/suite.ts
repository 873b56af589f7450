/**
 * What the end-to-end tests of one file share: a registry, an instance, the leak check at the end.
 *
 * @module
 */
import { type FixtureName, pushFixture } from "./images.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { Tsd, type TsdOptions } from "./tsd.ts";

/** The shared things; they exist while tests run. */
export interface Suite {
  /** The instance. */
  readonly tsd: Tsd;
  /** An open registry. */
  readonly registry: Registry;
  /** Reference of an image of the suite. */
  image(name: FixtureName): string;
}

/** What {@linkcode suite} prepares. */
export interface SuiteOptions extends TsdOptions {
  /** Images pushed to the registry. */
  images?: FixtureName[];
  /** Those of them that are pulled too. */
  pull?: FixtureName[];
}

/**
 * Prepares a test file: starts a registry and an instance before its first test, and checks after
 * the last one that nothing was left on the host.
 *
 * @param options The images it needs.
 * @returns The shared things.
 */
export function suite(options: SuiteOptions = {}): Suite {
  const stack = new AsyncDisposableStack();
  let tsd: Tsd | undefined;
  let registry: Registry | undefined;
  Deno.test.beforeAll(async () => {
    if (Deno.uid() !== 0) throw new Error("Cannot run the end-to-end tests: they need root");
    tsd = stack.use(await Tsd.create(options));
    registry = stack.use(await startRegistry());
    for (const name of new Set([...options.images ?? [], ...options.pull ?? []])) {
      await pushFixture(registry, name);
    }
    for (const name of options.pull ?? []) await tsd.run(["pull", "-q", shared.image(name)]);
  });
  Deno.test.afterAll(async () => {
    try {
      await tsd?.checkClean();
    } finally {
      await stack.disposeAsync();
    }
  });
  const shared: Suite = {
    get tsd() {
      return started(tsd);
    },
    get registry() {
      return started(registry);
    },
    image: (name) => `${started(registry).host}/${name}:latest`,
  };
  return shared;
}

function started<T>(thing: T | undefined): T {
  if (thing !== undefined) return thing;
  throw new Error("Cannot use the suite outside its tests: nothing is started yet");
}
