/**
 * Content digests: `sha256:` and 64 hexadecimal digits.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/** A checked digest, `algorithm:hex` in lower case; what names content in an image store. */
export type Digest = string & { readonly brand: "digest" };

/** The algorithms of OCI's image-spec ("Registered Algorithms"). */
export type DigestAlgorithm = "sha256" | "sha512";

const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** Computes a digest of content that arrives in pieces. */
export interface Hasher {
  /** Adds the next piece. */
  update(bytes: Uint8Array): void;
  /** The digest of everything added; nothing can be added afterwards. */
  digest(): Digest;
}

/**
 * Checks a digest.
 *
 * @param text What was given.
 * @returns The digest.
 * @throws {EngineError} `invalid`: it is not a digest, or of an unknown algorithm.
 */
export function parseDigest(text: string): Digest {
  const mistake = digestMistake(text);
  if (mistake === undefined) return text as Digest;
  throw new EngineError(`Cannot use digest "${text}": ${mistake}`, { kind: "invalid" });
}

/**
 * Says what is wrong with a digest, in the words Docker has for it.
 *
 * @param text What was given.
 * @returns The mistake, or undefined where there is none.
 */
export function digestMistake(text: string): string | undefined {
  const [, algorithm, hex] = /^([A-Za-z0-9_+.-]+):([0-9A-Za-z=_-]+)$/.exec(text) ?? [];
  if (algorithm === undefined || hex === undefined) return "invalid checksum digest format";
  if (!Object.hasOwn(HEX_LENGTH, algorithm)) {
    return `unsupported digest algorithm "${algorithm}", known are sha256 and sha512`;
  }
  if (hex.length !== HEX_LENGTH[algorithm as DigestAlgorithm]) {
    return "invalid checksum digest length";
  }
  return /^[0-9a-f]+$/.test(hex) ? undefined : "invalid checksum digest format";
}

/**
 * Gives a digest's hexadecimal part.
 *
 * @param digest The digest.
 * @returns What follows the colon.
 */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/**
 * Gives a digest's algorithm.
 *
 * @param digest The digest.
 * @returns What precedes the colon.
 */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

/**
 * Computes the digest of content that is in memory.
 *
 * @param bytes The content.
 * @param algorithm The algorithm.
 * @returns The digest.
 */
export async function digestOf(
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: DigestAlgorithm = "sha256",
): Promise<Digest> {
  const hash = await crypto.subtle.digest(algorithm === "sha256" ? "SHA-256" : "SHA-512", bytes);
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"));
  return `${algorithm}:${hex.join("")}` as Digest;
}

/**
 * Creates a hasher for content that arrives in pieces.
 *
 * @param algorithm The algorithm.
 * @returns The hasher.
 */
export async function createHasher(algorithm: DigestAlgorithm = "sha256"): Promise<Hasher> {
  // Web Crypto cannot hash a stream. Imported here: node:crypto costs every command 15 ms.
  const { createHash } = await import("node:crypto");
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `${algorithm}:${hash.digest("hex")}` as Digest,
  };
}
