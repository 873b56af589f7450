/**
 * The image store: blobs, unpacked layers, records of images and their names.
 *
 * @module
 */

export { ImageStore } from "./image_store.ts";
export { FileLock, type LockMode } from "./lock.ts";
export { release, sweep } from "./sweep.ts";
export { WriteBack } from "./write_back.ts";
