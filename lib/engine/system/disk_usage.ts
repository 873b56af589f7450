/**
 * How much space an instance takes, and for what.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { sizeOfTree } from "../../container/life/writable_size.ts";
import { ifPresent, sizeOf } from "../../if_present.ts";
import type { Digest } from "../../image/spec/digest.ts";
import { type ImageSummary, listImages } from "../../image/records/list.ts";
import { StoreLayout } from "../../image/store/layout.ts";
import type { Database } from "../../state/mod.ts";
import { volumeData, type VolumeRecord, VolumeStore } from "../../volume/mod.ts";
import { containerSize } from "../describe/size.ts";
import { imageIdFinder } from "../image/id_finder.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** An image and its part of the disk. */
export interface ImageUsage extends ImageSummary {
  /** Bytes of layers that other images have as well. */
  sharedSize: number;
  /** Bytes of layers that no other image has. */
  uniqueSize: number;
}

/** A container and its part of the disk. */
export interface ContainerUsage {
  /** The container. */
  record: ContainerRecord;
  /** Bytes of the files it has written or changed. */
  size: number;
  /** Whether it is running, or about to again. */
  isActive: boolean;
  /** The id of the image that the name of its image stands for now; nothing where there is none. */
  imageOfName: string | undefined;
}

/** A volume and its part of the disk. */
export interface VolumeUsage {
  /** The volume. */
  record: VolumeRecord;
  /** Bytes of its files. */
  size: number;
  /** How many containers have it. */
  links: number;
}

/** Manifests, configurations and compressed layers as they were pulled. */
export interface BlobUsage {
  /** How many there are. */
  count: number;
  /** How many belong to images. */
  active: number;
  /** Bytes of all of them, of unfinished downloads too. */
  size: number;
  /** Bytes of those that belong to no image. */
  reclaimable: number;
}

/** How much space an instance takes. */
export interface DiskUsage {
  /** The images, the latest built first. */
  images: ImageUsage[];
  /** Bytes of all unpacked layers, each counted once, and of their copies. */
  layersSize: number;
  /** Bytes of the copies of layers that containers in user namespaces need; they go with the layers. */
  copiesSize: number;
  /** Bytes that go with the images that no container uses. */
  reclaimableOfImages: number;
  /** The containers, the newest first. */
  containers: ContainerUsage[];
  /** The volumes, by name. */
  volumes: VolumeUsage[];
  /** What was pulled, as it was pulled. */
  blobs: BlobUsage;
}

const ACTIVE: readonly string[] = ["running", "paused", "restarting"];

/**
 * Measures an instance; looks at each file of its containers and volumes.
 *
 * @param instance The instance.
 * @returns How much space it takes.
 */
export async function diskUsage(
  instance: Pick<Instance, "database" | "roots">,
): Promise<DiskUsage> {
  const { database, roots } = instance;
  const containers = new ContainerStore(database);
  await refreshRecords(roots, containers);
  const { size } = database.get<{ size: number }>(
    "SELECT ifnull(sum(size), 0) AS size FROM layers",
  )!;
  const copiesSize = new StoreLayout(roots.root).shiftedLayers()
    .reduce((sum, { path }) => sum + sizeOfTree(path), 0);
  const findImage = imageIdFinder(database);
  const layersSize = Number(size) + copiesSize;
  const images = imageUsage(database);
  return {
    images,
    layersSize,
    copiesSize,
    reclaimableOfImages: reclaimableOfImages({ images, copiesSize, layersSize }),
    containers: containers.list().map((record) => ({
      record,
      size: containerSize(instance, record).writable,
      isActive: ACTIVE.includes(record.status),
      imageOfName: findImage(record.imageName),
    })),
    volumes: volumeUsage(instance),
    blobs: blobUsage(instance),
  };
}

/** As Docker counts them. */
function reclaimableOfImages(
  { copiesSize, images, layersSize }: Pick<DiskUsage, "copiesSize" | "images" | "layersSize">,
): number {
  const used = images.filter(({ containers }) => containers > 0);
  return layersSize - copiesSize - used.reduce((sum, { uniqueSize }) => sum + uniqueSize, 0);
}

function imageUsage(database: Database): ImageUsage[] {
  const shared = new Map(
    database.all<{ id: Digest; size: number }>(
      `SELECT image_id AS id, sum(size) AS size FROM
         (SELECT DISTINCT image_id, diff_id FROM image_layers) JOIN layers USING (diff_id)
       WHERE (SELECT count(DISTINCT image_id) FROM image_layers AS others
              WHERE others.diff_id = layers.diff_id) > 1
       GROUP BY image_id`,
    ).map(({ id, size }) => [id, Number(size)]),
  );
  return listImages(database, {}).map((image) => {
    const sharedSize = shared.get(image.id) ?? 0;
    return { ...image, sharedSize, uniqueSize: image.size - sharedSize };
  });
}

function volumeUsage({ database, roots }: Pick<Instance, "database" | "roots">): VolumeUsage[] {
  const links = new Map(
    database.all<{ volume: string; count: number }>(
      "SELECT volume, count(*) AS count FROM container_volumes GROUP BY volume",
    ).map(({ volume, count }) => [volume, Number(count)]),
  );
  return new VolumeStore(database, roots).list().map((record) => ({
    record,
    size: sizeOfTree(volumeData(roots, record.name)),
    links: links.get(record.name) ?? 0,
  }));
}

function blobUsage({ database, roots }: Pick<Instance, "database" | "roots">): BlobUsage {
  const layout = new StoreLayout(roots.root);
  const referenced = new Set(
    database.all<{ digest: string }>(
      `SELECT id AS digest FROM images UNION SELECT manifest_digest FROM images
       UNION SELECT blob FROM image_layers UNION SELECT digest FROM repository_digests`,
    ).map(({ digest }) => digest),
  );
  const usage: BlobUsage = { count: 0, active: 0, size: 0, reclaimable: 0 };
  for (const algorithm of ["sha256", "sha512"]) {
    for (const { name, size } of filesOf(`${layout.root}/blobs/${algorithm}`)) {
      const isActive = referenced.has(`${algorithm}:${name}`);
      usage.count++;
      usage.active += isActive ? 1 : 0;
      usage.size += size;
      usage.reclaimable += isActive ? 0 : size;
    }
  }
  const unfinished = filesOf(layout.incoming).reduce((sum, { size }) => sum + size, 0);
  return {
    ...usage,
    size: usage.size + unfinished,
    reclaimable: usage.reclaimable + unfinished,
  };
}

function filesOf(folder: string): { name: string; size: number }[] {
  // Missing if nothing was ever pulled.
  const entries = ifPresent(() => [...Deno.readDirSync(folder)]) ?? [];
  return entries.filter(({ isFile }) => isFile).flatMap(({ name }) => {
    // Missing if it was removed a moment ago.
    const size = sizeOf(`${folder}/${name}`);
    return size === undefined ? [] : [{ name, size }];
  });
}
