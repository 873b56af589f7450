/**
 * A registry on loopback, and a store to pull into, for the tests.
 *
 * @module
 */

import { parseConfig } from "../../config.ts";
import { Database } from "../../state/mod.ts";
import { type Digest, digestOf } from "../spec/digest.ts";
import { type FixtureEntry, tarArchive } from "../layer/_archive_fixture.ts";
import { type Descriptor, MediaType } from "../spec/manifest.ts";
import { hostPlatform, type Platform } from "../spec/platform.ts";
import { parseReference } from "../spec/reference.ts";
import { ImageStore } from "../store/mod.ts";
import { type PulledImage, pullImage, type PullImageOptions } from "./mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A layer: its entries, or an archive. */
export type FixtureLayer = FixtureEntry[] | Bytes;

/** What differs between the images of a {@linkcode FixtureRegistry}. */
export interface FixtureImage {
  /** The layers, lowest first. */
  layers: FixtureLayer[];
  /** Members of the configuration, over the usual ones. */
  config?: Record<string, unknown>;
  /** For what it is made; the machine's platform when left out. */
  platform?: Platform;
  /** Diff IDs other than the layers'. */
  diffIds?: Digest[];
}

/** What was pushed. */
export interface PushedImage {
  /** Digest of its configuration. */
  id: Digest;
  /** Its manifest. */
  manifest: Descriptor;
  /** Its layers, compressed, lowest first. */
  layers: Descriptor[];
  /** Digests of the layers' archives. */
  diffIds: Digest[];
}

/** Answers a request instead of the registry, or leaves it to the registry. */
export type Interference = (
  path: string,
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

/** A registry that serves what was pushed into it. */
export class FixtureRegistry implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #blobs = new Map<string, Bytes>();
  readonly #manifests = new Map<string, { type: string; bytes: Bytes }>();
  /** Paths of the requests for blobs, in their order. */
  readonly blobRequests: string[] = [];
  /** Values of their `Range` headers. */
  readonly ranges: (string | null)[] = [];
  /** Answers instead of the registry. */
  interference: Interference = () => undefined;

  /** Starts the registry on a free port. */
  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Stops the registry. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  /** Serves an image under a name. */
  async push(name: string, image: FixtureImage): Promise<PushedImage> {
    const layers: Descriptor[] = [];
    const diffIds: Digest[] = [];
    for (const layer of image.layers) {
      const tar = layer instanceof Uint8Array ? layer : tarArchive(layer);
      diffIds.push(await digestOf(tar));
      layers.push(await this.#add(MediaType.ociLayerGzip, await gzip(tar)));
    }
    const config = await this.#addJson(MediaType.ociConfig, {
      ...image.platform ?? hostPlatform(),
      created: "2024-01-02T03:04:05Z",
      config: {},
      rootfs: { type: "layers", diff_ids: image.diffIds ?? diffIds },
      history: diffIds.map((_, index) => ({ created_by: `step ${index}` })),
      ...image.config,
    });
    const manifest = await this.#addJson(MediaType.ociManifest, {
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config,
      layers,
    });
    this.#serveManifest(name, manifest);
    return { id: config.digest, manifest, layers, diffIds };
  }

  /** Serves an index of images that were pushed. */
  async pushIndex(name: string, images: [Platform, PushedImage][]): Promise<Descriptor> {
    const index = await this.#addJson(MediaType.ociIndex, {
      schemaVersion: 2,
      mediaType: MediaType.ociIndex,
      manifests: images.map(([platform, { manifest }]) => ({ ...manifest, platform })),
    });
    this.#serveManifest(name, index);
    return index;
  }

  /** The bytes of a blob. */
  blob({ digest }: Descriptor): Bytes {
    return this.#blobs.get(digest)!;
  }

  async #add(mediaType: string, bytes: Bytes): Promise<Descriptor> {
    const digest = await digestOf(bytes);
    this.#blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async #addJson(mediaType: string, value: unknown): Promise<Descriptor> {
    return await this.#add(mediaType, new TextEncoder().encode(JSON.stringify(value)) as Bytes);
  }

  #serveManifest(name: string, { digest, mediaType }: Descriptor): void {
    const [repository, tag] = name.split(":");
    const manifest = { type: mediaType, bytes: this.#blobs.get(digest)! };
    this.#manifests.set(`/v2/${repository}/manifests/${tag}`, manifest);
    this.#manifests.set(`/v2/${repository}/manifests/${digest}`, manifest);
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const blob = this.#blobs.get(path.replace(/^.*\/blobs\//, ""));
    const range = request.headers.get("range");
    if (blob) {
      this.blobRequests.push(path);
      this.ranges.push(range);
    }
    const interfered = await this.interference(path, request);
    if (interfered) return interfered;
    const manifest = this.#manifests.get(path);
    if (manifest) {
      return new Response(manifest.bytes, { headers: { "content-type": manifest.type } });
    }
    if (!blob) return new Response("{}", { status: path === "/v2/" ? 200 : 404 });
    const begin = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    if (begin === 0) return new Response(blob);
    const headers = { "content-range": `bytes ${begin}-${blob.length - 1}/${blob.length}` };
    return new Response(blob.subarray(begin), { status: 206, headers });
  }
}

/** A store in a folder of its own. */
export class FixtureStore implements AsyncDisposable {
  /** The database. */
  readonly database: Database;
  /** The store. */
  readonly store: ImageStore;
  /** The folder. */
  readonly root: string;

  /** Creates the store in a temporary folder. */
  constructor() {
    this.root = Deno.makeTempDirSync({ prefix: "tsd-image-store-" });
    this.database = Database.open(this.root);
    this.store = new ImageStore(this.database, this.root);
  }

  /** Deletes the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.database.close();
    await Deno.remove(this.root, { recursive: true });
  }

  /** Pulls an image. */
  async pull(name: string, options: Partial<PullImageOptions> = {}): Promise<PulledImage> {
    return await pullImage({
      store: this.store,
      config: parseConfig('{"max-download-attempts": 2}', "test"),
      reference: parseReference(name),
      ...options,
    });
  }

  /** Records a container that uses an image. */
  addContainer(id: string, imageId: string, status: string): void {
    this.database.run(
      `INSERT INTO containers (id, name, image_id, image_name, created_at, settings, status)
       VALUES (?, ?, ?, 'x', 0, '{}', ?)`,
      id,
      id,
      imageId,
      status,
    );
  }

  /** Names of the files and folders in folders of the store, sorted. */
  entries(...folders: string[]): string[] {
    return folders.flatMap((folder) =>
      [...Deno.readDirSync(`${this.root}/${folder}`)].map(({ name }) => `${folder}/${name}`)
    ).sort();
  }

  /** What lies in the store, but for its locks; of directories of layers only the names. */
  content(): string[] {
    return this.entries("layers", "blobs/sha256", "blobs/sha512", "incoming", "trash");
  }
}

/** A layer of one file. */
export function file(name: string, content: string): FixtureLayer {
  return [{ name, content }];
}

/** A layer of incompressible content, for transfers that take a while. */
export function largeFile(name: string, bytes: number): FixtureLayer {
  const content = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65536) {
    crypto.getRandomValues(content.subarray(at, Math.min(bytes, at + 65536)));
  }
  return [{ name, content }];
}

async function gzip(bytes: Bytes): Promise<Bytes> {
  const stream = new Response(bytes).body!.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
