import assert from "node:assert/strict";
import { firewallRules } from "./harness/firewall_rules.ts";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });

Deno.test("system reset asks, then removes containers, networks, rules and state", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["network", "create", "gone"]);
  await tsd.run(["volume", "create", "data"]);
  await tsd.run(["run", "-d", "--network", "gone", "-v", "data:/data", image, "sleep", "1000"]);
  await tsd.run(["run", "-d", "--rm", image, "sleep", "1000"]);
  const links = async () => (await hostCommand("ip", ["link"])).includes(`alias ${tsd.instance}:`);
  const chain = `TSD-${tsd.instance.slice("tsd-".length)}`;
  const rules = async () => (await firewallRules()).includes(chain);
  assert.deepEqual([await links(), await rules()], [true, true]);

  const declined = await tsd.run(["system", "reset"], { stdin: "n\n" });
  assert.match(declined.stdout, /WARNING![^]*all networks[^]*Are you sure/);
  assert.equal((await tsd.run(["ps", "-q"])).stdout.trim().split("\n").length, 2);

  await tsd.run(["system", "reset"], { stdin: "y\n" });
  assert.deepEqual([await links(), await rules()], [false, false]);
  assert.deepEqual(await tsd.processes(), []);
  for (const folder of [tsd.root, tsd.runDir]) {
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  }
  // And it begins anew.
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
  await tsd.run(["system", "reset", "-f"]);
});
