/**
 * Does one thing with an instance's firewall: `firewall_program.ts ROOT sync|remove|difference STATE`,
 * the state being that of `lib/network/firewall/state.ts` as JSON.
 *
 * @module
 */
import { Firewall, type FirewallState } from "../../lib/network/firewall/mod.ts";
import { resolveRoots } from "../../lib/state/mod.ts";

const [root, verb, state] = Deno.args;
const roots = resolveRoots({ root: root!, run: `${root}/run` });
const firewall = new Firewall(roots, () => JSON.parse(state!) as FirewallState);
try {
  if (verb === "sync") await firewall.sync();
  else if (verb === "remove") await firewall.remove();
  else {
    const text = JSON.stringify(await firewall.difference());
    await Deno.stdout.write(new TextEncoder().encode(text));
  }
} catch (error) {
  await Deno.stderr.write(new TextEncoder().encode(String((error as Error).message)));
  Deno.exit(1);
}
