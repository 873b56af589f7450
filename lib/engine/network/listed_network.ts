/**
 * What lists of networks hold.
 *
 * @module
 */

import type { Network } from "../../network/mod.ts";

/** A network, and who uses it. */
export interface ListedNetwork extends Network {
  /** Whole ids of the containers connected to it, whether they run or not. */
  containers: string[];
}
