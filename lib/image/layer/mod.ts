/**
 * Unpacking image layers.
 *
 * ```ts
 * import { unpackLayer } from "./mod.ts";
 *
 * const file = await Deno.open("layer.tar.gz");
 * const { diffId, bytes } = await unpackLayer({
 *   compressed: file.readable,
 *   mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
 *   directory: "/var/tmp/layer",
 * });
 * ```
 *
 * @module
 */

export { type AppliedLayer, applyLayer, type ApplyLayerOptions } from "./apply.ts";
export type { Attribute } from "./attributes.ts";
export { type ByteString, showByteString } from "./byte_string.ts";
export { decompress, type DecompressOptions } from "./decompress.ts";
export type { LayerEntry, Metadata } from "./entry.ts";
export type { DataRange, SparseMap } from "./sparse.ts";
export { type UnpackedLayer, unpackLayer, type UnpackLayerOptions } from "./unpack.ts";
export type { Timestamp } from "../../../ffi/timestamps.ts";
