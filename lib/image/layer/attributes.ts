/**
 * Extended attributes as archives carry them, in pax records.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { type ByteString, toByteString } from "./byte_string.ts";
import type { PaxRecords } from "./pax.ts";

/** An extended attribute of a file. */
export interface Attribute {
  /** Its name, the namespace included: `security.capability`. */
  name: ByteString;
  /** Its value. */
  value: Uint8Array<ArrayBuffer>;
}

/** The key of an attribute as star, GNU tar and Go write it: the name as it is, the value's bytes. */
const SCHILY_PREFIX = "SCHILY.xattr.";
/** As libarchive writes it: the name URL-encoded, the value in base64. */
const LIBARCHIVE_PREFIX = "LIBARCHIVE.xattr.";

/** Attributes an image cannot bring. */
const NOT_FROM_IMAGES = [
  // Overlay's notes to itself: an image could redirect a directory to any other.
  "trusted.overlay.",
  "user.overlay.",
  // A label means something only to the policy of the machine the image was built on.
  "security.selinux",
];

/**
 * Reads the attributes an entry carries, less those no image may bring.
 *
 * @param pax The entry's pax records.
 * @returns The attributes; where both encodings have one, it is taken from the first.
 * @throws {EngineError} A name or value is malformed (`invalid`).
 */
export function readAttributes(pax: PaxRecords): Attribute[] {
  const attributes = new Map<ByteString, Uint8Array<ArrayBuffer>>();
  for (const [key, value] of pax) {
    if (key.startsWith(SCHILY_PREFIX)) attributes.set(key.slice(SCHILY_PREFIX.length), value);
  }
  for (const [key, value] of pax) {
    if (!key.startsWith(LIBARCHIVE_PREFIX)) continue;
    const name = urlDecode(key.slice(LIBARCHIVE_PREFIX.length));
    if (!attributes.has(name)) attributes.set(name, base64Decode(name, value));
  }
  return [...attributes]
    .filter(([name]) => !NOT_FROM_IMAGES.some((prefix) => name.startsWith(prefix)))
    .map(([name, value]) => checkName({ name, value }));
}

function checkName(attribute: Attribute): Attribute {
  if (attribute.name === "" || attribute.name.includes("\0")) throw malformed(attribute.name);
  return attribute;
}

function urlDecode(text: ByteString): ByteString {
  return text.replaceAll(
    /%([0-9A-Fa-f]{2})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
  );
}

function base64Decode(name: ByteString, value: Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    // libarchive leaves the final padding out; atob() takes both.
    return Uint8Array.from(atob(toByteString(value)), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw malformed(name, cause);
  }
}

function malformed(name: ByteString, cause?: unknown): EngineError {
  return new EngineError(
    `Cannot read the tar archive: the extended attribute ${JSON.stringify(name)} is malformed`,
    { kind: "invalid", cause },
  );
}
