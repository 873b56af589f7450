import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { EngineError } from "../../errors.ts";
import { inPieces, tarArchive } from "./_archive_fixture.ts";
import { unpackLayer } from "./unpack.ts";
import { isRoot, Workspace } from "./_workspace_fixture.ts";

const ignore = !isRoot;
const tar = tarArchive([{ name: "d/", type: "5" }, { name: "d/f", content: "content" }]);
const gzip = new Uint8Array(gzipSync(tar));
const WRONG = `sha256:${"0".repeat(64)}`;

function digest(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

Deno.test({
  name: "unpackLayer() unpacks, verifies, counts and reports",
  ignore,
  fn: async () => {
    await using work = new Workspace();
    const diffId = digest(tar);
    const progress: number[] = [];
    const unpacked = await unpackLayer({
      compressed: inPieces(gzip, 100),
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      expectedDiffId: diffId,
      directory: `${work.layer}/new`,
      durable: true,
      onProgress: (bytes) => progress.push(bytes),
    });
    assert.deepEqual(unpacked, { diffId, entries: 2, bytes: 7 });
    assert.deepEqual(work.list(), { "new": "d", "new/d": "d", "new/d/f": "f content" });
    assert.equal((await Deno.lstat(`${work.layer}/new`)).mode! & 0o7777, 0o755);
    assert.equal(progress[0], 100);
    assert.equal(progress.at(-1), gzip.length);
  },
});

Deno.test({
  name: "unpackLayer() refuses another layer than expected",
  ignore,
  fn: async () => {
    await using work = new Workspace();
    const diffId = digest(tar);
    await assert.rejects(
      unpackLayer({ compressed: inPieces(gzip), directory: work.layer, expectedDiffId: WRONG }),
      {
        message: `Cannot unpack layer "${WRONG}": its content has diff ID ${diffId}`,
        kind: "invalid",
      },
    );
  },
});

Deno.test({
  name: "unpackLayer() says which layer failed, and why",
  ignore,
  fn: async () => {
    await using work = new Workspace();
    const compressed = inPieces(gzip.subarray(0, gzip.length - 4));
    await assert.rejects(
      unpackLayer({ compressed, directory: work.layer, expectedDiffId: WRONG }),
      (error) => {
        assert(error instanceof EngineError);
        assert.equal(error.kind, "invalid");
        assert.equal(error.message, `Cannot unpack layer "${WRONG}"`);
        assert.equal(
          (error.cause as Error).message,
          "Cannot decompress the layer: its gzip data is cut short",
        );
        return true;
      },
    );
  },
});

Deno.test({
  name: "unpackLayer() stops when told to",
  ignore,
  fn: async () => {
    await using work = new Workspace();
    const controller = new AbortController();
    await assert.rejects(
      unpackLayer({
        compressed: inPieces(gzip, 50),
        directory: work.layer,
        expectedDiffId: WRONG,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      { name: "AbortError" },
    );
  },
});
