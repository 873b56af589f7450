/**
 * What the images of the pulls hold: made up, the same bytes each time, and compressible as the
 * files of a distribution are (to about 40 %).
 *
 * @module
 */

import { ustar, type UstarEntry } from "../ustar.ts";

const POOL = 8 << 20;
/** How many different words the text is made of. */
const WORDS = 400;
/** The part of a file that cannot be compressed. */
const NOISE = 0.1;

/**
 * Files are cut out of two pools, far longer than gzip's window of 32 kB: one of random bytes, one
 * of words.
 */
interface Pools {
  random: Uint8Array;
  words: Uint8Array;
}

let pools: Pools | undefined;

/** A linear congruential generator (the constants of C11's example of `rand`). */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function makePools(): Pools {
  const next = generator(1);
  const random = new Uint8Array(POOL).map(() => next(256));
  const dictionary = Array.from({ length: WORDS }, () => {
    const letters = Array.from({ length: 2 + next(9) }, () => String.fromCharCode(97 + next(26)));
    return letters.join("");
  });
  const words = new Uint8Array(POOL);
  const encoder = new TextEncoder();
  for (let at = 0; at < POOL;) {
    at += encoder.encodeInto(dictionary[next(WORDS)]! + " ", words.subarray(at)).written || 1;
  }
  return { random, words };
}

/** What a layer is made of. */
export interface LayerPlan {
  /** Its number; another number gives other files. */
  seed: number;
  /** The number of files. */
  files: number;
  /** The length of the shortest file, in bytes. */
  smallest: number;
  /** The length of the longest file, in bytes. */
  largest: number;
}

/**
 * Makes a layer.
 *
 * @param plan What it is made of.
 * @returns The archive.
 */
export async function layerTar(plan: LayerPlan): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob([...ustar(entries(plan))]).arrayBuffer());
}

function* entries({ seed, files, smallest, largest }: LayerPlan): Generator<UstarEntry> {
  const { random, words } = pools ??= makePools();
  const next = generator(seed);
  const top = `layer${seed}/`;
  yield { path: top, mode: 0o755 };
  for (let number = 0; number < files; number++) {
    if (number % 50 === 0) yield { path: `${top}${number / 50}/`, mode: 0o755 };
    const size = smallest + next(largest - smallest + 1);
    const content = new Uint8Array(size);
    const noise = Math.floor(size * NOISE);
    content.set(cut(random, next(POOL), noise));
    content.set(cut(words, next(POOL), size - noise), noise);
    yield { path: `${top}${Math.floor(number / 50)}/file${number}`, mode: 0o644, content };
  }
}

/** Cuts bytes out of a pool, from its start again after its end. */
function cut(pool: Uint8Array, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const part = pool.subarray((from + at) % POOL, (from + at) % POOL + length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
