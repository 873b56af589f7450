import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import {
  canonicalName,
  familiarName,
  familiarRepository,
  parseReference,
  repositoryName,
} from "./reference.ts";

const HEX = "0123456789abcdef".repeat(4);

Deno.test("parseReference() normalises names as Docker does", () => {
  const cases: [text: string, canonical: string, familiar: string][] = [
    ["alpine", "docker.io/library/alpine:latest", "alpine:latest"],
    ["alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20"],
    ["library/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
    ["library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"],
    ["index.docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
    ["docker.io/me/app:v1", "docker.io/me/app:v1", "me/app:v1"],
    ["localhost/app", "localhost/app:latest", "localhost/app:latest"],
    ["localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"],
    ["[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"],
    ["r.example/a/b/c", "r.example/a/b/c:latest", "r.example/a/b/c:latest"],
    ["Host/app", "Host/app:latest", "Host/app:latest"],
    ["foo.bar", "docker.io/library/foo.bar:latest", "foo.bar:latest"],
    ["a__b/c-d--e.f:T_x.1-2", "docker.io/a__b/c-d--e.f:T_x.1-2", "a__b/c-d--e.f:T_x.1-2"],
    [`a@sha256:${HEX}`, `docker.io/library/a@sha256:${HEX}`, `a@sha256:${HEX}`],
    [`a:t@sha256:${HEX}`, `docker.io/library/a:t@sha256:${HEX}`, `a:t@sha256:${HEX}`],
    [
      `a@sha512:${HEX}${HEX}`,
      `docker.io/library/a@sha512:${HEX}${HEX}`,
      `a@sha512:${HEX}${HEX}`,
    ],
    [HEX.slice(1), `docker.io/library/${HEX.slice(1)}:latest`, `${HEX.slice(1)}:latest`],
    [`a:${"t".repeat(128)}`, `docker.io/library/a:${"t".repeat(128)}`, `a:${"t".repeat(128)}`],
  ];
  for (const [text, canonical, familiar] of cases) {
    const reference = parseReference(text);
    assert.equal(canonicalName(reference), canonical);
    assert.equal(familiarName(reference), familiar);
    assert.deepEqual(parseReference(familiar), reference, "what is shown is read back the same");
  }
});

Deno.test("parseReference() refuses what Docker refuses, in its words", () => {
  const format = "invalid reference format";
  const cases: [text: string, mistake: string][] = [
    ["", format],
    [":tag", format],
    ["a:", format],
    ["a:b:c", format],
    ["a//b", format],
    ["/a", format],
    ["a/", format],
    ["a___b", format],
    ["a-_b", format],
    ["-a", format],
    ["a b", format],
    ["a\n", format],
    ["a:t\n", format],
    ["a@", format],
    ["http://r.example/a", format],
    ["r.example:port/a", format],
    ["a:" + "t".repeat(129), format],
    ["a@sha256:00", format],
    ["Alpine", `${format}: repository name (library/Alpine) must be lowercase`],
    ["r.example:5000/a/B:c", `${format}: repository name (a/B) must be lowercase`],
    [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
    ["r.example/" + "a".repeat(256), "repository name must not be more than 255 characters"],
    [`a@sha256:${HEX}00`, `${format}: invalid checksum digest length`],
    [`a@sha256:${HEX.toUpperCase()}`, `${format}: invalid checksum digest format`],
    [`a@md5:${HEX}`, `${format}: unsupported digest algorithm "md5", known are sha256 and sha512`],
  ];
  for (const [text, mistake] of cases) {
    assert.throws(
      () => parseReference(text),
      (error) => {
        assert(error instanceof EngineError && error.kind === "invalid");
        assert.equal(error.message, `Cannot use image name "${text}": ${mistake}`);
        return true;
      },
    );
  }
});

Deno.test("repositoryName() and familiarRepository() leave tag and digest out", () => {
  const reference = parseReference(`alpine:3@sha256:${HEX}`);
  assert.equal(repositoryName(reference), "docker.io/library/alpine");
  assert.equal(familiarRepository(reference), "alpine");
});
