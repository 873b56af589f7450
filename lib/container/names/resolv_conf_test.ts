import assert from "node:assert/strict";
import { resolvConfText } from "./resolv_conf.ts";

const HOST = `# by hand
nameserver 127.0.0.53
nameserver 192.0.2.53 # the lab's
search lab.example example
options edns0 trust-ad
`;

Deno.test("resolvConfText() leaves out what listens on the host's loopback", () => {
  assert.equal(
    resolvConfText({ network: "bridge" }, HOST),
    "nameserver 192.0.2.53\nsearch lab.example example\noptions edns0 trust-ad\n",
  );
  assert.equal(
    resolvConfText({ network: "bridge" }, "nameserver 127.0.0.53\nnameserver ::1\ndomain a.b\n"),
    "nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch a.b\n",
  );
});

Deno.test("resolvConfText() is the host's own text without a network to connect to", () => {
  assert.equal(resolvConfText({ network: "host" }, HOST), HOST);
  assert.equal(resolvConfText({ network: "none" }, HOST), HOST);
});

Deno.test("resolvConfText() takes each part from what was asked for, where it was", () => {
  const dns = { servers: ["9.9.9.9"], search: ["own.example"], options: ["ndots:2"] };
  for (const network of ["bridge", "host", "none"]) {
    assert.equal(
      resolvConfText({ network, dns }, HOST),
      "nameserver 9.9.9.9\nsearch own.example\noptions ndots:2\n",
    );
  }
  assert.equal(
    resolvConfText({ network: "bridge", dns: { search: ["."] } }, HOST),
    "nameserver 192.0.2.53\noptions edns0 trust-ad\n",
  );
});
