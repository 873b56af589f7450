import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { tarArchive } from "./_archive_fixture.ts";
import { decodeTarHeader } from "./tar_header.ts";

function block(change: (block: Uint8Array) => void): Uint8Array {
  const bytes = tarArchive([{ name: "name" }]).slice(0, 512);
  change(bytes);
  bytes.fill(0x20, 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  return bytes;
}

function text(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

Deno.test("decodeTarHeader() reads a ustar header", () => {
  const header = decodeTarHeader(
    tarArchive([{
      name: "dev/null",
      type: "3",
      mode: 0o4666,
      uid: 12,
      gid: 34,
      modified: 1_600_000_000,
      device: [1, 3],
    }]).subarray(0, 512),
  );
  assert.deepEqual(header, {
    type: "3",
    name: "dev/null",
    linkName: "",
    mode: 0o4666,
    uid: 12,
    gid: 34,
    size: 0,
    modified: 1_600_000_000,
    deviceMajor: 1,
    deviceMinor: 3,
  });
});

Deno.test("decodeTarHeader() joins ustar's prefix and name, but not what GNU and star have there", () => {
  const ustar = block((bytes) => bytes.set(text("some/folder"), 345));
  assert.equal(decodeTarHeader(ustar).name, "some/folder/name");
  const gnu = block((bytes) => {
    bytes.set(text("ustar  \0"), 257);
    bytes.set(text("14651252315"), 345);
  });
  assert.equal(decodeTarHeader(gnu).name, "name");
  const star = block((bytes) => {
    bytes.set(text("p".repeat(131)), 345);
    bytes.set(text("14651252315"), 476);
    bytes.set(text("tar\0"), 508);
  });
  assert.equal(decodeTarHeader(star).name, "p".repeat(131) + "/name");
});

Deno.test("decodeTarHeader() reads binary numbers, negative ones too", () => {
  const big = block((bytes) => bytes.set([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1], 124));
  assert.equal(decodeTarHeader(big).size, 2 ** 33 + 1);
  const early = block((bytes) => bytes.set(Array(12).fill(0xff), 136));
  assert.equal(decodeTarHeader(early).modified, -1);
});

Deno.test("decodeTarHeader() accepts a checksum of signed bytes", () => {
  const bytes = tarArchive([{ name: new Uint8Array([0xe9]) }]).slice(0, 512);
  const sum = parseInt(new TextDecoder().decode(bytes.subarray(148, 154)), 8) - 256;
  bytes.set(text(sum.toString(8).padStart(6, "0")), 148);
  assert.equal(decodeTarHeader(bytes).name, "\xe9");
});

Deno.test("decodeTarHeader() refuses what is no header", () => {
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(512).fill(0x41), /where a file's header should be, a number reads "AAAAAAAA"/],
    [tarArchive([{ name: "a" }]).slice(0, 512).fill(0x42, 0, 1), /its checksum is wrong/],
    [block((bytes) => bytes.set(text("0000009"), 100)), /a number reads "0000009"/],
    [block((bytes) => bytes.set(Array(12).fill(0xbf), 124)), /a number is out of range/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => decodeTarHeader(bytes), (error) => {
      assert(error instanceof EngineError);
      assert.equal(error.kind, "invalid");
      assert.match(error.message, message);
      return true;
    });
  }
});
