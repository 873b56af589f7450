/**
 * Tar archives for tests, hostile ones included: what is asked for is written, right or wrong.
 *
 * @module
 */

/** An entry of a {@linkcode tarArchive}. */
export interface FixtureEntry {
  /** Its name, as text or as bytes. */
  name: string | Uint8Array;
  /** The type flag. @default {"0"} */
  type?: string;
  /** Its content. */
  content?: string | Uint8Array;
  /** The size the header says. @default the content's */
  size?: number;
  /** The mode. @default {0o644} */
  mode?: number;
  /** The owner's user. */
  uid?: number;
  /** The owner's group. */
  gid?: number;
  /** Seconds since 1970. @default {1_000_000_000} */
  modified?: number;
  /** What a link points to. */
  linkName?: string;
  /** A device's major and minor number. */
  device?: [number, number];
  /** Records of a pax extended header before the entry. */
  pax?: Record<string, string | Uint8Array>;
}

const encoder = new TextEncoder();

/**
 * Writes a tar archive.
 *
 * @param entries Its entries.
 * @param options `unended` leaves out the zero blocks that end an archive.
 * @returns The archive.
 */
export function tarArchive(
  entries: readonly FixtureEntry[],
  options: { unended?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap(encodeEntry);
  if (!options.unended) parts.push(new Uint8Array(1024));
  return concat(parts);
}

/**
 * Gives bytes in pieces, each in the same buffer, as a reader that reuses its buffer does.
 *
 * @param bytes The bytes.
 * @param size How many a piece has.
 * @returns The pieces.
 */
export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    // A turn of the event loop, as between reads.
    await Promise.resolve();
    const piece = bytes.subarray(at, at + size);
    buffer.fill(0xee);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

/**
 * Joins bytes.
 *
 * @param parts The parts.
 * @returns All of them.
 */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function encodeEntry(entry: FixtureEntry): Uint8Array[] {
  const content = bytesOf(entry.content ?? "");
  const parts = entry.pax === undefined ? [] : encodeEntry({
    name: "pax",
    type: "x",
    content: concat(Object.entries(entry.pax).map(([key, value]) => paxRecord(key, value))),
  });
  const padding = new Uint8Array((512 - content.length % 512) % 512);
  return [...parts, header(entry, content.length), content, padding];
}

function paxRecord(key: string, value: string | Uint8Array): Uint8Array {
  const rest = concat([encoder.encode(` ${key}=`), bytesOf(value), encoder.encode("\n")]);
  let length = rest.length;
  while (length !== String(length).length + rest.length) {
    length = String(length).length + rest.length;
  }
  return concat([encoder.encode(String(length)), rest]);
}

function header(entry: FixtureEntry, contentSize: number): Uint8Array {
  const block = new Uint8Array(512);
  const put = (text: string | Uint8Array, at: number) => block.set(bytesOf(text), at);
  const octal = (value: number, digits: number, at: number) =>
    put(value.toString(8).padStart(digits, "0"), at);
  put(bytesOf(entry.name).subarray(0, 100), 0);
  octal(entry.mode ?? 0o644, 7, 100);
  octal(entry.uid ?? 0, 7, 108);
  octal(entry.gid ?? 0, 7, 116);
  octal(entry.size ?? contentSize, 11, 124);
  octal(entry.modified ?? 1_000_000_000, 11, 136);
  put(" ".repeat(8), 148);
  put(entry.type ?? "0", 156);
  put(entry.linkName ?? "", 157);
  put("ustar\0" + "00", 257);
  octal(entry.device?.[0] ?? 0, 7, 329);
  octal(entry.device?.[1] ?? 0, 7, 337);
  octal(block.reduce((sum, byte) => sum + byte, 0), 6, 148);
  block[154] = 0;
  return block;
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}
