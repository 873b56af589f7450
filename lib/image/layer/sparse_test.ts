import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { type FixtureEntry, inPieces, tarArchive } from "./_archive_fixture.ts";
import { TarReader } from "./tar_reader.ts";

Deno.test("TarReader refuses sparse files whose map is malformed", async () => {
  const map = (text: string, content = "abc"): FixtureEntry => ({
    name: "f",
    content,
    pax: { "GNU.sparse.size": "100", "GNU.sparse.map": text },
  });
  const leading = (content: string): FixtureEntry => ({
    name: "f",
    content,
    pax: { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "100" },
  });
  const cases: Record<string, FixtureEntry> = {
    "odd": map("0,1,2"),
    "not a number": map("0,x"),
    "negative": map("0,-3"),
    "overlapping": map("0,2,1,1"),
    "beyond the end": map("98,3"),
    "more than stored": map("0,4"),
    "less than stored": map("0,2"),
    "far out of range": map("9007199254740991,3"),
    "without a map": { name: "f", pax: { "GNU.sparse.size": "100" } },
    "size": { name: "f", pax: { "GNU.sparse.size": "-1", "GNU.sparse.map": "" } },
    "endless count": leading("999999999\n"),
    "endless line": leading("1".repeat(600)),
    "cut short": leading("2\n0\n"),
  };
  for (const [name, entry] of Object.entries(cases)) {
    await assert.rejects(new TarReader(inPieces(tarArchive([entry]))).next(), (error) => {
      assert(error instanceof EngineError, `${name}: ${error}`);
      assert.equal(error.kind, "invalid");
      assert.match(error.message, /^Cannot read the tar archive: .* malformed$/);
      return true;
    });
  }
});
