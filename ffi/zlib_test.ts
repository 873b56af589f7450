import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { GzipInflater } from "./zlib.ts";

const content = new Uint8Array(100_000).map((_, at) => at % 251);
const gzip = new Uint8Array(gzipSync(content));

/** Inflates one member, or throws. */
async function inflateMember(
  inflater: GzipInflater,
  input: Uint8Array<ArrayBuffer>,
  room: number,
): Promise<Uint8Array> {
  const whole = new Uint8Array(content.length);
  const output = new Uint8Array(room);
  let length = 0;
  for (let at = 0; !inflater.isAtEnd;) {
    const { consumed, produced } = await inflater.inflate(input.subarray(at), output);
    assert(consumed > 0 || produced > 0, "neither taken nor given");
    whole.set(output.subarray(0, produced), length);
    at += consumed;
    length += produced;
  }
  return whole.subarray(0, length);
}

Deno.test("GzipInflater inflates member after member, into buffers of any size", async () => {
  using inflater = GzipInflater.open();
  assert(inflater !== undefined);
  for (const room of [1000, 65_536, 200_000]) {
    assert.deepEqual(await inflateMember(inflater, gzip, room), content);
    inflater.nextMember();
    assert.equal(inflater.isAtEnd, false);
  }
});

Deno.test("GzipInflater leaves what follows a member alone, and takes nothing of nothing", async () => {
  using inflater = GzipInflater.open()!;
  const output = new Uint8Array(200_000);
  assert.deepEqual(await inflater.inflate(new Uint8Array(), output), { consumed: 0, produced: 0 });
  const followed = new Uint8Array([...gzip, 1, 2, 3]);
  assert.deepEqual(await inflater.inflate(followed, output), {
    consumed: gzip.length,
    produced: content.length,
  });
  assert.equal(inflater.isAtEnd, true);
});

Deno.test("GzipInflater says in zlib's words what is wrong", async () => {
  const noGzip = new Uint8Array(20).fill(7);
  const flipped = gzip.slice();
  flipped[gzip.length - 6]! ^= 1;
  for (
    const [bytes, message] of [[noGzip, "incorrect header check"], [
      flipped,
      "incorrect data check",
    ]] as const
  ) {
    using inflater = GzipInflater.open()!;
    await assert.rejects(inflateMember(inflater, bytes, 200_000), { message });
  }
});

Deno.test("GzipInflater works on several streams at once, beside the main thread", async () => {
  const inflaters = Array.from({ length: 8 }, () => GzipInflater.open()!);
  let turns = 0;
  const timer = setInterval(() => turns++);
  const rounds = inflaters.map(async (inflater) => {
    for (let round = 0; round < 50; round++) {
      assert.deepEqual(await inflateMember(inflater, gzip, 4096), content);
      inflater.nextMember();
    }
  });
  await Promise.all(rounds);
  clearInterval(timer);
  for (const inflater of inflaters) inflater[Symbol.dispose]();
  assert(turns > 0, "the event loop stood still");
});
