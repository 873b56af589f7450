import assert from "node:assert/strict";
import { shortId } from "./short_id.ts";

Deno.test("shortId() takes twelve digits after the algorithm", () => {
  assert.equal(shortId("sha256:0123456789abcdef"), "0123456789ab");
  assert.equal(shortId("0123456789abcdef"), "0123456789ab");
});
