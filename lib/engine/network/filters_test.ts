import assert from "node:assert/strict";
import { networkCondition, type NetworkFilters, PRUNE_NETWORK_FILTERS } from "./filters.ts";
import type { ListedNetwork } from "./listed_network.ts";

const NETWORK = {
  id: "abc123",
  name: "front",
  driver: "bridge",
  labels: { stage: "test", team: "" },
  containers: [],
  createdAt: 1000,
} as unknown as ListedNetwork;

const holds = (filters: NetworkFilters, allowed?: readonly string[]) =>
  networkCondition(filters, allowed)(NETWORK);

Deno.test("networkCondition() wants one value of a name to hold, and every name", () => {
  assert.ok(holds({ name: ["back", "ron"] }));
  assert.ok(!holds({ name: ["front"], driver: ["macvlan"] }));
  assert.ok(holds({ id: ["ABC"], type: ["custom"], dangling: ["true"], scope: ["local"] }));
});

Deno.test("networkCondition() wants all labels and moments to hold", () => {
  assert.ok(holds({ label: ["stage=test", "team"] }));
  assert.ok(!holds({ label: ["stage=test", "stage=live"] }));
  assert.ok(!holds({ "label!": ["absent", "team"] }, PRUNE_NETWORK_FILTERS));
  assert.ok(!holds({ until: ["1001", "1000"] }, PRUNE_NETWORK_FILTERS));
});

Deno.test("networkCondition() refuses what is unknown or makes no sense", () => {
  for (
    const filters of [{ colour: ["red"] }, { type: ["x"] }, { dangling: ["x"] }, { until: ["1"] }]
  ) {
    assert.throws(() => networkCondition(filters as unknown as NetworkFilters), {
      kind: "invalid",
    });
  }
});
