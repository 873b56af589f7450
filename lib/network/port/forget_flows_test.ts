import assert from "node:assert/strict";
import { hostCommand } from "../../../tests/harness/host_command.ts";

const PROGRAM = new URL("./forget_flows.ts", import.meta.url).href;

/** Runs a script in a network namespace of its own, where flows are tracked. */
async function inNamespace(script: string): Promise<string> {
  return await hostCommand("unshare", [
    ...["--net", "bash", "-euc"],
    `ip link set lo up
    iptables -A INPUT -m conntrack --ctstate NEW -j ACCEPT
    ip6tables -A INPUT -m conntrack --ctstate NEW -j ACCEPT
    ${script}`,
  ]);
}

function forgetting(hostAddress: string, hostPort: number): string {
  const forward = {
    containerId: "c0ffee",
    containerAddress: "10.1.0.2",
    containerPort: 53,
    protocol: "udp",
    hostAddress,
    hostPort,
  };
  const code = `import { forgetFlows } from "${PROGRAM}"; forgetFlows([${
    JSON.stringify(forward)
  }]);`;
  return `${Deno.execPath()} eval '${code}'`;
}

const SEND = "for to in 127.0.0.1/5353 127.0.0.2/5353 127.0.0.1/5354 ::1/5353; do\n" +
  "echo x >/dev/udp/$to; done";
const LIST =
  "sed -E 's/.*dst=(\\S+) sport=\\S+ dport=(\\S+) \\[.*/\\1 \\2/' /proc/net/nf_conntrack";

Deno.test("forgetFlows() forgets flows to a port, at one address or all of the host's", async () => {
  const one = await inNamespace(`${SEND}\n${forgetting("127.0.0.1", 5353)}\n${LIST}`);
  const loopback6 = `${"0000:".repeat(7)}0001`;
  assert.deepEqual(one.split("\n").sort(), [
    `${loopback6} 5353`,
    "127.0.0.1 5354",
    "127.0.0.2 5353",
  ]);
  const all = [forgetting("0.0.0.0", 5353), forgetting("::", 5353)].join("\n");
  assert.equal(await inNamespace(`${SEND}\n${all}\n${LIST}`), "127.0.0.1 5354");
});
