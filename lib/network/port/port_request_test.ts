import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { parseExposedPorts, parsePortRequests, requestsForExposed } from "./port_request.ts";

const tcp = { protocol: "tcp" as const };

Deno.test("parsePortRequests() reads what Docker reads", () => {
  const cases: Record<string, ReturnType<typeof parsePortRequests>> = {
    "80": [{ containerPort: 80, ...tcp }],
    ":80": [{ containerPort: 80, ...tcp }],
    "0:80": [{ containerPort: 80, ...tcp }],
    "8080:80": [{ containerPort: 80, ...tcp, hostPort: 8080 }],
    "53:53/UDP": [{ containerPort: 53, protocol: "udp", hostPort: 53 }],
    "127.0.0.1:8080:80": [
      { containerPort: 80, ...tcp, hostAddress: "127.0.0.1", hostPort: 8080 },
    ],
    "127.0.0.1::80": [{ containerPort: 80, ...tcp, hostAddress: "127.0.0.1" }],
    "[2001:DB8:0::1]:8080:80": [
      { containerPort: 80, ...tcp, hostAddress: "2001:db8::1", hostPort: 8080 },
    ],
    "::1:8080:80": [{ containerPort: 80, ...tcp, hostAddress: "::1", hostPort: 8080 }],
    "8000-8010:80": [{ containerPort: 80, ...tcp, hostPort: 8000, lastHostPort: 8010 }],
    "8000-8001:80-81": [
      { containerPort: 80, ...tcp, hostPort: 8000 },
      { containerPort: 81, ...tcp, hostPort: 8001 },
    ],
    "80-81": [{ containerPort: 80, ...tcp }, { containerPort: 81, ...tcp }],
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.deepEqual(parsePortRequests(text), expected, text);
  }
});

Deno.test("parsePortRequests() refuses the rest with Docker's messages", () => {
  const cases = {
    "abc": "invalid containerPort: abc",
    "80:abc": "invalid containerPort: abc",
    "abc:80": "invalid hostPort: abc",
    "80/foo": "invalid proto: foo",
    "300.1.1.1:80:80": "invalid IP address: 300.1.1.1",
    "80-90:80-85": "invalid ranges specified for container and host Ports: 80-85 and 80-90",
    "80:80-81": "invalid ranges specified for container and host Ports: 80-81 and 80",
    "": "no port specified: <empty>",
    "80:": "no port specified: 80:<empty>",
    "70000:80": "invalid hostPort: 70000",
    "80:70000": "invalid containerPort: 70000",
    "80:80:80:80": "invalid IP address: 80:80",
    "90-80:80": "invalid hostPort: 90-80",
    "localhost:80:80": "invalid IP address: localhost",
    " 80:80": "invalid hostPort:  80",
    "-1:80": "invalid hostPort: -1",
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parsePortRequests(text), (error) => {
      assert.ok(error instanceof EngineError && error.kind === "invalid");
      assert.equal(error.message, message);
      return true;
    });
  }
});

Deno.test("parseExposedPorts() reads ports and ranges", () => {
  assert.deepEqual(parseExposedPorts("80"), ["80/tcp"]);
  assert.deepEqual(parseExposedPorts("53-54/udp"), ["53/udp", "54/udp"]);
  for (const wrong of ["abc", "70000", "90-80"]) {
    assert.throws(() => parseExposedPorts(wrong), /invalid range format for --expose: /);
  }
});

Deno.test("requestsForExposed() asks for what was not asked for by itself", () => {
  const requests = parsePortRequests("8080:80");
  assert.deepEqual(requestsForExposed(["80/tcp", "53/udp", "53/udp"], requests), [
    { containerPort: 53, protocol: "udp" },
  ]);
});
