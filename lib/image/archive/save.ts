/**
 * Images of the store as one archive.
 *
 * @module
 */

import { close, open, OpenFlag, read } from "../../../ffi/fd.ts";
import { statx } from "../../../ffi/statx.ts";
import { EngineError } from "../../errors.ts";
import { layersOf } from "../records/commit.ts";
import { createHasher, type Digest, digestAlgorithm, type Hasher } from "../spec/digest.ts";
import { decompress } from "../layer/decompress.ts";
import { findImage } from "../records/lookup.ts";
import { parseManifest } from "../spec/manifest.ts";
import { familiarName, parseReference, type Reference, repositoryName } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";
import { inTurns } from "./in_turns.ts";
import {
  type ArchiveFormat,
  blobPath,
  dockerBlob,
  type LayoutFile,
  layoutFiles,
  type SavedImage,
} from "./save_layout.ts";
import { MemberType, type TarMember } from "./tar_member.ts";
import { TarWriter } from "./tar_writer.ts";

/** Options of {@linkcode saveImages}. */
export interface SaveImagesOptions {
  /** Which lists the archive has. */
  format: ArchiveFormat;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/** An archive that can be written. */
export interface ImageArchive {
  /** The images in it. */
  images: readonly SavedImage[];
  /**
   * Writes the archive: the same images under the same names give the same bytes.
   *
   * @returns Its pieces; each is gone once the next one is asked for.
   * @throws {EngineError} `invalid`: a blob is damaged; what was written is of no use.
   */
  pieces(): AsyncIterable<Uint8Array>;
}

/** Nothing in an archive is of a certain time, as the same images give the same archive. */
const EPOCH = { seconds: 0, nanoseconds: 0 };

/**
 * Finds images and all that belongs to them, before anything is written.
 *
 * @param store The store.
 * @param wanted Names or IDs; a name without a tag stands for all tags of its repository.
 * @param options The format.
 * @returns The archive.
 * @throws {EngineError} `notFound`: there is no such image, or a part of one is missing.
 */
export async function saveImages(
  store: ImageStore,
  wanted: readonly string[],
  { format, signal }: SaveImagesOptions,
): Promise<ImageArchive> {
  const names = new Map<Digest, Map<string, Reference>>();
  for (const text of wanted) collectNames(store, text, names);
  const images: SavedImage[] = [];
  for (const [id, references] of names) {
    images.push(await describe(store, id, [...references.values()]));
  }
  return { images, pieces };

  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    const writer = new TarWriter();
    const blobs = blobsOf(images);
    const plain = format === "docker" ? plainLayers(images, blobs) : [];
    yield* beginning(writer, layoutFiles(images, format), [...blobs, ...plain]);
    for (const digest of blobs) {
      yield* inTurns(addBlob(writer, await openBlob(store, digest)), signal);
    }
    for (const layer of plain) yield* addPlain(writer, store, layer, images, signal);
    yield* writer.end();
  }
}

function collectNames(
  { database }: ImageStore,
  text: string,
  names: Map<Digest, Map<string, Reference>>,
): void {
  const add = (id: Digest, references: readonly Reference[]) => {
    if (!names.has(id)) names.set(id, new Map());
    for (const reference of references) names.get(id)!.set(familiarName(reference), reference);
  };
  const tags = isBareName(text) ? tagsOfRepository(database, text) : [];
  for (const { id, tag } of tags) add(id, [tag]);
  if (tags.length > 0) return;
  const { image, reference } = findImage(database, text);
  add(image.id, reference?.tag !== undefined && !reference.digest ? [reference] : []);
}

function isBareName(text: string): boolean {
  return !/[:@][^/]*$/.test(text);
}

function tagsOfRepository(
  database: ImageStore["database"],
  text: string,
): { id: Digest; tag: Reference }[] {
  let repository: string;
  try {
    repository = repositoryName(parseReference(text));
  } catch (error) {
    // It may be an ID; whoever looks it up says what it is not.
    if (error instanceof EngineError) return [];
    throw error;
  }
  const rows = database.all<{ reference: string; id: Digest }>(
    `SELECT reference, image_id AS id FROM tags WHERE reference >= ? AND reference < ?
     ORDER BY reference`,
    `${repository}:`,
    `${repository};`,
  );
  return rows.map(({ reference, id }) => ({ id, tag: parseReference(reference) }));
}

async function describe(
  store: ImageStore,
  id: Digest,
  names: readonly Reference[],
): Promise<SavedImage> {
  const { manifestDigest } = findImage(store.database, id).image;
  const bytes = await store.blobs.read(manifestDigest);
  if (bytes === undefined) throw missing(id, "manifest", manifestDigest);
  const { mediaType } = parseManifest(bytes);
  const manifest = { digest: manifestDigest, mediaType, size: bytes.length };
  const layers = layersOf(store, id);
  for (const { descriptor: { digest, size } } of layers) {
    if (!store.blobs.has(digest, size)) throw missing(id, "layer", digest);
  }
  if (await store.blobs.read(id) === undefined) throw missing(id, "configuration", id);
  return { id, manifest, layers, names };
}

function missing(id: Digest, what: string, digest: Digest): EngineError {
  return new EngineError(
    `Cannot save image "${id}": its ${what} ${digest} is missing or damaged, get the image again`,
    { kind: "notFound" },
  );
}

/** A blob that is written into an archive. */
interface Blob {
  digest: Digest;
  /** Absolute path of its file. */
  file: string;
  hasher: Hasher;
}

async function openBlob({ layout }: ImageStore, digest: Digest): Promise<Blob> {
  const hasher = await createHasher(digestAlgorithm(digest));
  return { digest, file: layout.blob(digest), hasher };
}

/** What the lists refer to, each once: what is small comes first. */
function blobsOf(images: readonly SavedImage[]): Digest[] {
  const documents = images.flatMap(({ id, manifest }) => [manifest.digest, id]);
  const layers = images.flatMap(({ layers }) => layers.map(({ descriptor }) => descriptor.digest));
  return [...new Set([...documents.sort(), ...layers])];
}

/** Layers that are to be there without their compression as well, by their diff IDs. */
function plainLayers(images: readonly SavedImage[], blobs: readonly Digest[]): Digest[] {
  const wanted = new Set(images.flatMap(({ layers }) => layers.map(dockerBlob)));
  for (const digest of blobs) wanted.delete(digest);
  return [...wanted];
}

function* beginning(
  writer: TarWriter,
  files: readonly LayoutFile[],
  blobs: readonly Digest[],
): Generator<Uint8Array, void> {
  for (const { path, text } of files) {
    const bytes = new TextEncoder().encode(text);
    yield* writer.add(member(path, bytes.length), bytes);
  }
  const folders = new Set(blobs.map((digest) => digestAlgorithm(digest)));
  yield* writer.add(member("blobs/"));
  for (const name of [...folders].sort()) yield* writer.add(member(`blobs/${name}/`));
}

/** Decompressed twice: the size has to come first. */
async function* addPlain(
  writer: TarWriter,
  { layout }: ImageStore,
  diffId: Digest,
  images: readonly SavedImage[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const layer = images.flatMap(({ layers }) => layers).find((layer) => layer.diffId === diffId)!;
  const path = layout.blob(layer.descriptor.digest);
  const unpacked = async () => decompress((await Deno.open(path)).readable);
  const hasher = await createHasher(digestAlgorithm(diffId));
  let size = 0;
  for await (const piece of await unpacked()) {
    signal?.throwIfAborted();
    hasher.update(piece);
    size += piece.length;
  }
  if (hasher.digest() !== diffId) throw damaged(layer.descriptor.digest);
  yield* writer.addStream(member(blobPath(diffId), size), await unpacked());
}

function member(path: string, size = 0): TarMember {
  const isFolder = path.endsWith("/");
  return {
    type: isFolder ? MemberType.DIRECTORY : MemberType.FILE,
    path,
    mode: isFolder ? 0o755 : 0o644,
    size,
    modified: EPOCH,
  };
}

/** A crash of the machine may have damaged what was right when it was stored. */
function* addBlob(
  writer: TarWriter,
  { digest, file, hasher }: Blob,
): Generator<Uint8Array, void> {
  const fd = open(file, OpenFlag.RDONLY | OpenFlag.NOFOLLOW);
  try {
    const content = (room: Uint8Array<ArrayBuffer>) => {
      const length = read(fd, room) ?? 0;
      hasher.update(room.subarray(0, length));
      return length;
    };
    yield* writer.add(member(blobPath(digest), statx(fd).size), content);
  } finally {
    close(fd);
  }
  if (hasher.digest() !== digest) throw damaged(digest);
}

function damaged(digest: Digest): EngineError {
  return new EngineError(
    `Cannot save the image: the stored blob ${digest} is damaged, get the image again`,
    { kind: "invalid" },
  );
}
