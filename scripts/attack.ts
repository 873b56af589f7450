/**
 * Uses all commands at random while clients, supervisors and containers are killed, and audits the
 * instance after each round: `deno run -A scripts/attack.ts [MINUTES] [SEED]`, as root.
 *
 * A round is 40 commands, 4 at a time. What it proves: whatever is killed at whatever moment, the
 * records tell the truth afterwards, everything can be removed, nothing is left and nothing is lost.
 *
 * @module
 */

import { pushFixture } from "../tests/harness/images.ts";
import { audit, endMayhem, mayhem, prepareMayhem } from "../tests/harness/mayhem.ts";
import { randomNumbers } from "../tests/harness/random.ts";
import { startRegistry } from "../tests/harness/registry.ts";
import { Tsd } from "../tests/harness/tsd.ts";

const DEFAULT_MINUTES = 10;
const COMMANDS = 40;
const AT_ONCE = 4;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  const [minutes = DEFAULT_MINUTES, seed = Date.now() % 1_000_000] = Deno.args.map(Number);
  const random = randomNumbers(seed);
  await using tsd = await Tsd.create({ network: "bridge" });
  await using registry = await startRegistry();
  await pushFixture(registry, "alpine");
  const image = `${registry.host}/alpine:latest`;
  await tsd.run(["pull", "-q", image]);
  await prepareMayhem(tsd, image);
  const deadline = performance.now() + minutes * 60_000;
  let [rounds, commands, kills] = [0, 0, 0];
  try {
    while (performance.now() < deadline) {
      kills += (await mayhem(tsd, { image, random, commands: COMMANDS, atOnce: AT_ONCE })).kills;
      await audit(tsd, image);
      commands += COMMANDS;
      if (++rounds % 10 === 0) say(`${rounds} rounds, ${commands} commands, ${kills} kills\n`);
    }
    await endMayhem(tsd);
    await tsd.checkClean();
  } catch (error) {
    say(`attack: failed in round ${rounds + 1} with seed ${seed}\n`);
    throw error;
  }
  say(
    `attack: ${rounds} rounds, ${commands} commands, ${kills} kills (seed ${seed}); all is well\n`,
  );
}
