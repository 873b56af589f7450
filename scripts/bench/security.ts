/**
 * What a container's confinement costs a start.
 *
 * @module
 */

import { bringAlpine, pushAlpine } from "./alpine.ts";
import { timed } from "./measure.ts";
import type { Subject } from "./subject.ts";

/** Takes away all that is not a namespace, as far as every engine can on every machine. */
const UNCONFINED = [
  ...["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"],
  ...["--security-opt", "systempaths=unconfined", "--security-opt", "label=disable"],
];

/** The subjects. */
export const SECURITY_SUBJECTS: readonly Subject[] = [
  {
    title: "what confinement adds to run --rm --network none IMAGE true",
    group: "security",
    unit: "ms",
    slow: false,
    target: { atMost: 5 },
    prepare: pushAlpine,
    measurement: async (engine, { host }) => {
      const { invoke } = engine;
      // Podman has other words for some of it.
      if (!invoke || engine.name === "podman") return undefined;
      await bringAlpine(engine, host);
      const run = (...options: string[]) =>
        timed(invoke("run", "--rm", "--network", "none", ...options, `${host}/alpine`, "true"));
      // Of neighbours in time, so that what the machine does otherwise meets both.
      return async () => await run() - await run(...UNCONFINED);
    },
  },
];
