import assert from "node:assert/strict";
import { Database } from "../state/mod.ts";
import { createNetwork } from "./create_network.ts";
import { EndpointStore } from "./endpoint_store.ts";
import { LostNetworks } from "./lost_networks.ts";
import { NetworkStore } from "./network_store.ts";

Deno.test("LostNetworks remembers what containers asked of a network that was removed", async () => {
  const folder = await Deno.makeTempDir();
  const database = Database.open(folder);
  const context = { database, instance: "tsd-0a1b2c3d", config: {} };
  database.run(
    `INSERT INTO containers (id, name, image_name, created_at, settings, status)
       VALUES ('aa', 'web', 'none', 0, '{}', 'created')`,
  );
  const wanted = { name: "net", subnets: ["10.253.0.0/24"] };
  const wishes = { address4: "10.253.0.9", aliases: ["db"] };
  const endpoints = new EndpointStore(database);
  const lost = new LostNetworks(database);
  try {
    const network = createNetwork(context, wanted);
    endpoints.insert(network, "aa", wishes);
    lost.abandon(network);
    new NetworkStore(database).delete(network.id);
    assert.deepEqual(endpoints.ofContainer("aa"), []);
    assert.throws(() => lost.restore("aa"), { kind: "notFound", message: "network net not found" });
    createNetwork(context, wanted);
    lost.restore("aa");
    assert.deepEqual(endpoints.ofContainer("aa").map((endpoint) => endpoint.wishes), [wishes]);
    // It is not lost any more.
    assert.equal(lost.forget("aa", "net"), false);
    lost.restore("aa");
    assert.equal(endpoints.ofContainer("aa").length, 1);
  } finally {
    database.close();
    await Deno.remove(folder, { recursive: true });
  }
});
