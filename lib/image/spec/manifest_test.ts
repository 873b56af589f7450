import assert from "node:assert/strict";
import {
  isForeignLayer,
  layerCompression,
  LONGEST_IMAGE_CONFIG,
  LONGEST_MANIFEST,
  MediaType,
  parseImageConfig,
  parseManifest,
} from "./manifest.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const layer = { mediaType: MediaType.ociLayerGzip, digest: DIGEST, size: 7 };
const imageConfig = { mediaType: MediaType.ociConfig, digest: DIGEST, size: 3 };
const manifest = { schemaVersion: 2, config: imageConfig, layers: [layer] };
const index = {
  schemaVersion: 2,
  manifests: [{ ...layer, platform: { os: "linux", architecture: "arm", variant: "v7" } }],
};

function encode(document: unknown): Uint8Array {
  return new TextEncoder().encode(
    typeof document === "string" ? document : JSON.stringify(document),
  );
}

Deno.test("parseManifest() tells the kind by mediaType, else by shape", () => {
  const { ociManifest, ociIndex, dockerManifest, dockerList } = MediaType;
  const cases: [document: unknown, contentType: string | undefined, mediaType: string][] = [
    [manifest, undefined, ociManifest],
    [manifest, dockerManifest, dockerManifest],
    [manifest, `${dockerManifest}; charset=utf-8`, dockerManifest],
    [manifest, ociIndex, ociManifest],
    [manifest, "application/json", ociManifest],
    [{ ...manifest, mediaType: dockerManifest }, ociManifest, dockerManifest],
    [index, undefined, ociIndex],
    [index, dockerList, dockerList],
    [{ ...index, mediaType: dockerList }, undefined, dockerList],
  ];
  for (const [document, contentType, mediaType] of cases) {
    assert.equal(parseManifest(encode(document), contentType).mediaType, mediaType);
  }
});

Deno.test("parseManifest() gives typed values", () => {
  assert.deepEqual(parseManifest(encode({ ...manifest, annotations: { a: "b" }, other: 1 })), {
    kind: "manifest",
    mediaType: MediaType.ociManifest,
    config: imageConfig,
    layers: [layer],
    annotations: { a: "b" },
  });
  assert.deepEqual(parseManifest(encode(index)), {
    kind: "index",
    mediaType: MediaType.ociIndex,
    manifests: index.manifests,
  });
});

Deno.test("parseManifest() refuses what is malformed, ambiguous or no image", () => {
  const helm = { ...imageConfig, mediaType: "application/vnd.cncf.helm.config.v1+json" };
  const cases: [document: unknown, state: string][] = [
    ["[", "it is not JSON: mistake in line 1, column 2"],
    ["[]", "the manifest must be an object"],
    [{}, "schemaVersion must be 2"],
    [{ schemaVersion: 2 }, "it is neither a manifest nor an index"],
    [{ ...manifest, ...index }, "it is both a manifest and an index"],
    [
      { ...manifest, mediaType: MediaType.ociIndex },
      `mediaType "${MediaType.ociIndex}" does not fit its content, a manifest's`,
    ],
    [
      { schemaVersion: 1, fsLayers: [] },
      "it has the abandoned schema version 1, the image must be built or pushed again with a " +
      "current tool",
    ],
    [
      { ...manifest, config: helm },
      `it is not of a container image but of an artifact of type "${helm.mediaType}"`,
    ],
    [
      { ...manifest, config: helm, artifactType: "application/x-sbom" },
      'it is not of a container image but of an artifact of type "application/x-sbom"',
    ],
    [{ ...manifest, layers: {} }, "layers must be a list"],
    [{ ...manifest, config: undefined }, "config must be an object"],
    [
      { ...manifest, layers: [layer, { ...layer, digest: "sha256:../x" }] },
      'layers[1].digest "sha256:../x": invalid checksum digest format',
    ],
    [
      { ...manifest, layers: [{ ...layer, size: -1 }] },
      "layers[0].size must be a whole number of at least 0",
    ],
    [
      { ...manifest, layers: [{ ...layer, size: 1e300 }] },
      "layers[0].size must be a whole number of at least 0",
    ],
    [
      { ...index, manifests: [{ ...layer, platform: { os: "linux" } }] },
      "manifests[0].platform.architecture must be a string",
    ],
    [
      `{"x":"${"x".repeat(LONGEST_MANIFEST)}"}`,
      `it has ${LONGEST_MANIFEST + 8} bytes, more than the ${LONGEST_MANIFEST} that are allowed`,
    ],
  ];
  for (const [document, state] of cases) {
    assert.throws(() => parseManifest(encode(document)), {
      kind: "invalid",
      message: `Cannot use image manifest: ${state}`,
    });
  }
});

Deno.test("parseImageConfig() gives typed values, and takes null for what is not given", () => {
  const parsed = parseImageConfig(encode({
    architecture: "amd64",
    os: "linux",
    variant: "",
    author: null,
    config: {
      User: "",
      Env: ["A=b"],
      Cmd: null,
      Entrypoint: ["/init"],
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/data": {} },
      Labels: null,
      Healthcheck: { Test: ["CMD", "true"], Interval: 5_000_000_000 },
      Hostname: "0123456789ab",
    },
    rootfs: { type: "layers", diff_ids: [DIGEST] },
    history: [{ created_by: "ADD x", empty_layer: true }],
    container_config: {},
  }));
  assert.deepEqual(parsed, {
    architecture: "amd64",
    os: "linux",
    config: {
      Env: ["A=b"],
      Entrypoint: ["/init"],
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/data": {} },
      Healthcheck: { Test: ["CMD", "true"], Interval: 5_000_000_000 },
    },
    rootfs: { type: "layers", diff_ids: [DIGEST] },
    history: [{ created_by: "ADD x", empty_layer: true }],
  });
});

Deno.test("parseImageConfig() refuses what is malformed", () => {
  const base = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } };
  const cases: [document: unknown, state: string][] = [
    ["", "it is not JSON: mistake in line 1, column 1"],
    [{ ...base, os: undefined }, "os must be a string"],
    [{ ...base, rootfs: undefined }, "rootfs must be an object"],
    [{ ...base, config: { Env: "A=b" } }, "config.Env must be a list"],
    [{ ...base, config: { Cmd: ["a", 1] } }, "config.Cmd[1] must be a string"],
    [{ ...base, config: { Cmd: ["a\0b"] } }, "config.Cmd[0] must not contain NUL"],
    [
      { ...base, rootfs: { type: "layers", diff_ids: ["sha256:x"] } },
      'rootfs.diff_ids[0] "sha256:x": invalid checksum digest length',
    ],
    [
      " ".repeat(LONGEST_IMAGE_CONFIG + 1),
      `it has ${LONGEST_IMAGE_CONFIG + 1} bytes, more than the ${LONGEST_IMAGE_CONFIG} that are ` +
      "allowed",
    ],
  ];
  for (const [document, state] of cases) {
    assert.throws(() => parseImageConfig(encode(document)), {
      kind: "invalid",
      message: `Cannot use image configuration: ${state}`,
    });
  }
});

Deno.test("layerCompression() knows OCI's and Docker's layers, and refuses others", () => {
  assert.equal(layerCompression(MediaType.ociLayer), "none");
  assert.equal(layerCompression(MediaType.dockerLayerGzip), "gzip");
  assert.equal(layerCompression(MediaType.ociLayerZstd), "zstd");
  assert.equal(layerCompression(MediaType.dockerForeignLayerGzip), "gzip");
  assert.throws(() => layerCompression(`${MediaType.ociLayerGzip}+encrypted`), {
    kind: "invalid",
    message: `Cannot use layer of type "${MediaType.ociLayerGzip}+encrypted": it is encrypted`,
  });
  assert.throws(() => layerCompression("toString"), {
    message: 'Cannot use layer of type "toString": its media type is unknown',
  });
});

Deno.test("isForeignLayer() tells the layers that registries may not have", () => {
  assert(isForeignLayer(MediaType.ociForeignLayerGzip));
  assert(isForeignLayer(MediaType.dockerForeignLayer));
  assert(!isForeignLayer(MediaType.ociLayer));
});
