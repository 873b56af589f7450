/**
 * Images: references, registries, the store, layers.
 *
 * @module
 */

export { type Digest, digestHex, parseDigest } from "./spec/digest.ts";
export type {
  ContainerDefaults,
  HistoryEntry,
  ImageConfig,
  ImageHealthcheck,
  JsonSet,
} from "./spec/config.ts";
export {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  parsePlatform,
  type Platform,
} from "./spec/platform.ts";
export {
  canonicalName,
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryName,
} from "./spec/reference.ts";
