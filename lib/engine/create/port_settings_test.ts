import assert from "node:assert/strict";
import { parsePortRequests } from "../../network/mod.ts";
import { portSettings } from "./port_settings.ts";

Deno.test("portSettings() joins what is exposed by the image, by itself and by publishing", () => {
  const publish = parsePortRequests("8080:80");
  assert.deepEqual(
    portSettings(["443/tcp", "9000-9001"], { exposedPorts: ["53/udp"], publish }),
    { exposedPorts: ["443/tcp", "9000/tcp", "9001/tcp", "53/udp", "80/tcp"], publish },
  );
});

Deno.test("portSettings() publishes all exposed ports that are not published by themselves", () => {
  const publish = parsePortRequests("8080:80");
  const found = portSettings(["80/tcp", "443/tcp"], { publish, publishAll: true });
  assert.deepEqual(found.publish, [
    { containerPort: 80, protocol: "tcp", hostPort: 8080 },
    { containerPort: 443, protocol: "tcp" },
  ]);
});

Deno.test("portSettings() refuses to publish where nothing leads to", () => {
  const publish = parsePortRequests("8080:80");
  for (const network of ["host", "none", "container:web"] as const) {
    assert.throws(() => portSettings([], { publish, network: network as "host" }), {
      message:
        "Cannot create the container: conflicting options: port publishing and the network " +
        `mode "${network}"`,
      kind: "invalid",
    });
    assert.deepEqual(portSettings([], { network: network as "host" }), { exposedPorts: [] });
  }
});
