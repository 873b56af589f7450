import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import type { RunOptions } from "./harness/tsd.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });

/** Runs a script in a container that is removed at its end, and returns its stdout. */
async function sh(options: string[], script: string, expected: RunOptions = {}): Promise<string> {
  const args = ["run", "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
  return (await shared.tsd.run(args, expected)).stdout;
}

/** Starts a container that stays, and removes it at the end of the block. */
async function detached(
  name: string,
  options: string[] = [],
  script = "sleep 1000",
): Promise<AsyncDisposable> {
  const { tsd } = shared;
  await tsd.run([
    ...["run", "-d", "--name", name, "--stop-signal", "SIGKILL", ...options],
    ...[shared.image("alpine"), "sh", "-c", script],
  ]);
  return {
    [Symbol.asyncDispose]: async () => {
      await tsd.run(["rm", "-f", name]);
    },
  };
}

/** Says hello to whoever connects to port 80. */
const SERVER = "while :; do echo hello | nc -l -p 80; done";

/** The addresses of a container's interface. */
async function addressOf(name: string, device = "eth0"): Promise<string> {
  const { stdout } = await shared.tsd.run(["exec", name, "ip", "-4", "-o", "addr", "show", device]);
  return /inet ([\d.]+)\//.exec(stdout)?.[1] ?? "";
}

Deno.test("run connects to the default bridge: address, route and the host answers", async () => {
  const output = await sh(
    [],
    "ip -4 -o addr show eth0; ip route; ping -c1 -W2 $(ip route | " +
      "sed -n 's/default via \\([^ ]*\\).*/\\1/p') && cat /sys/class/net/eth0/mtu",
  );
  assert.match(output, /inet 10\.\d+\.\d+\.\d+\/20 /);
  assert.match(output, /default via 10\.\d+\.\d+\.1 dev eth0/);
  assert.match(output, /1 packets received/);
  const uplink = await hostCommand("sh", [
    "-c",
    "ip route show default | sed -n 's/.* dev //p' | " +
    "cut -d' ' -f1",
  ]);
  const mtu = uplink.trim() === ""
    ? "1500"
    : (await Deno.readTextFile(`/sys/class/net/${uplink.trim()}/mtu`)).trim();
  assert.equal(output.trim().split("\n").at(-1), mtu);
});

Deno.test("containers of the default bridge reach each other by address, not by name", async () => {
  await using _server = await detached("web", [], SERVER);
  const address = await addressOf("web");
  assert.equal(await sh([], `nc ${address} 80 </dev/null`), "hello\n");
  assert.equal((await sh([], "grep -c web /etc/hosts", { expect: 1 })).trim(), "0");
});
