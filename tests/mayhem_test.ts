import assert from "node:assert/strict";
import { audit, endMayhem, mayhem, prepareMayhem } from "./harness/mayhem.ts";
import { randomNumbers } from "./harness/random.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });

const SEED = Number(Deno.env.get("TSD_TEST_SEED") ?? Date.now() % 1_000_000);

// scripts/attack.ts does this for as many minutes as it is told.
Deno.test(`kill -9 of anything at random moments of any command loses nothing (seed ${SEED})`, async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const random = randomNumbers(SEED);
  await prepareMayhem(tsd, image);
  let kills = 0;
  for (let round = 0; round < 2; round++) {
    kills += (await mayhem(tsd, { image, random, commands: 20, atOnce: 3 })).kills;
    await audit(tsd, image);
  }
  assert.ok(kills > 0);
  await endMayhem(tsd);
});
