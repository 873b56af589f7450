/**
 * Does something with an instance's firewall: `firewall_program.ts ROOT VERB[,VERB...] STATE`.
 *
 * The verbs are `sync`, `remove`, `difference` and `generation`, which print what they find, and `flush`,
 * which is what somebody else might do. The state is that of `lib/network/firewall/state.ts` as JSON.
 *
 * @module
 */
import { rulesGeneration } from "../../lib/network/firewall/generation.ts";
import { Firewall, type FirewallState } from "../../lib/network/firewall/mod.ts";
import { resolveRoots } from "../../lib/state/mod.ts";

const [root, verbs, state] = Deno.args;
const roots = resolveRoots({ root: root!, run: `${root}/run` });
const firewall = new Firewall(roots, () => JSON.parse(state!) as FirewallState);

async function flush(): Promise<void> {
  for (const table of ["filter", "nat"]) {
    const args = ["-t", table, "-F"];
    const { success } = await new Deno.Command("iptables-nft", { args }).output();
    if (!success) throw new Error(`Cannot flush the table ${table}`);
  }
}

const ACTIONS: Record<string, () => Promise<unknown>> = {
  sync: () => firewall.sync(),
  remove: () => firewall.remove(),
  difference: () => firewall.difference(),
  generation: () => Promise.resolve(rulesGeneration()),
  flush,
};

try {
  const found: unknown[] = [];
  for (const verb of verbs!.split(",")) found.push(await ACTIONS[verb]!());
  const told = found.filter((one) => one !== undefined);
  const text = told.map((one) => JSON.stringify(one)).join("\n");
  await Deno.stdout.write(new TextEncoder().encode(text));
} catch (error) {
  await Deno.stderr.write(new TextEncoder().encode(String((error as Error).message)));
  Deno.exit(1);
}
