/**
 * What a subject of a measurement is.
 *
 * @module
 */

import type { Registry } from "../../tests/harness/registry.ts";
import type { Engine } from "./engines.ts";

/** What tsd is to reach. */
export interface Target {
  /** The engine to compare with; absent for an absolute number. */
  of?: string;
  /** The largest ratio to that engine, or the largest value. */
  atMost: number;
}

/** One line of the table. */
export interface Subject {
  /** The line's title. */
  title: string;
  /** What the group is called on the command line. */
  group: string;
  /** The unit of its numbers. */
  unit: "ms" | "MB";
  /** Whether one measurement takes seconds, so that fewer are made. */
  slow: boolean;
  /** What tsd is to reach. */
  target?: Target;
  /** Makes ready what all engines need: the images in the registry. */
  prepare(registry: Registry): Promise<void>;
  /** Makes one engine ready; nothing where it cannot do what is measured. */
  measurement(engine: Engine, registry: Registry): Promise<(() => Promise<number>) | undefined>;
}
