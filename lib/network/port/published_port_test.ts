import assert from "node:assert/strict";
import { portsText, type PublishedPort } from "./published_port.ts";

function port(containerPort: number, hostPort: number, hostAddress = "0.0.0.0"): PublishedPort {
  return { containerPort, hostPort, hostAddress, protocol: "tcp" };
}

Deno.test("portsText() writes ports as Docker does", () => {
  const cases: [PublishedPort[], string[], string][] = [
    [[], [], ""],
    [[port(80, 8080)], [], "0.0.0.0:8080->80/tcp"],
    [[port(80, 8080), port(80, 8080, "::")], [], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"],
    [[port(80, 80), port(81, 81), port(82, 82)], [], "0.0.0.0:80-82->80-82/tcp"],
    [[port(80, 80), port(82, 82)], [], "0.0.0.0:80->80/tcp, 0.0.0.0:82->82/tcp"],
    [[port(81, 9081), port(80, 80)], [], "0.0.0.0:80->80/tcp, 0.0.0.0:9081->81/tcp"],
    [[], ["3306/tcp", "33060/tcp"], "3306/tcp, 33060/tcp"],
    [[], ["81/tcp", "80/tcp", "53/udp"], "53/udp, 80-81/tcp"],
    [[port(80, 8080)], ["80/tcp", "443/tcp"], "443/tcp, 0.0.0.0:8080->80/tcp"],
  ];
  for (const [ports, exposed, expected] of cases) {
    assert.equal(portsText(ports, exposed), expected);
  }
});
