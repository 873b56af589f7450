/**
 * Containers of end-to-end tests that live on while the test goes on.
 *
 * @module
 */

import type { Suite } from "./suite.ts";

/** A container that runs until the end of the block. */
export interface BackgroundContainer extends AsyncDisposable {
  /** Its whole id. */
  id: string;
  /** The path of its log. */
  log: string;
}

/** What {@linkcode backgroundContainers} gives. */
export interface BackgroundContainers {
  /** Starts a container of `alpine` under a name, which is removed at the end of the block. */
  background(name: string, args: string[], ...command: string[]): Promise<BackgroundContainer>;
  /** Tells a field of `.State` that `tsd inspect` shows of a container; `Status` by default. */
  state(name: string, field?: string): Promise<string>;
}

/**
 * Starts containers, and looks at them.
 *
 * @param shared The suite, which has pulled `alpine`.
 * @returns How to.
 */
export function backgroundContainers(shared: Suite): BackgroundContainers {
  return {
    background: async (name, args, ...command) => {
      const { tsd } = shared;
      const image = shared.image("alpine");
      const { stdout } = await tsd.run(["run", "-d", "--name", name, ...args, image, ...command]);
      const id = stdout.trim();
      return {
        id,
        log: `${tsd.root}/containers/${id}/${id}-json.log`,
        [Symbol.asyncDispose]: async () => {
          await tsd.run(["rm", "-f", name]);
        },
      };
    },
    state: async (name, field = "Status") => {
      const { stdout } = await shared.tsd.run(["inspect", "-f", `{{.State.${field}}}`, name]);
      return stdout.trim();
    },
  };
}
