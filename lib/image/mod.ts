/**
 * Images: references, registries, the store, layers.
 *
 * @module
 */

export { type Digest, digestHex, parseDigest } from "./digest.ts";
export type {
  ContainerDefaults,
  HistoryEntry,
  ImageConfig,
  ImageHealthcheck,
  JsonSet,
} from "./image_config.ts";
export {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  parsePlatform,
  type Platform,
} from "./platform.ts";
export {
  canonicalName,
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryName,
} from "./reference.ts";
