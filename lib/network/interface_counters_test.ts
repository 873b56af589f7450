import assert from "node:assert/strict";
import { identifyProcess } from "../process/mod.ts";
import {
  interfaceNames,
  parseInterfaceCounters,
  readInterfaceCounters,
} from "./interface_counters.ts";

const HEADER = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo
`;

Deno.test("parseInterfaceCounters() adds up all interfaces but the loopback one", () => {
  const text = HEADER + `    lo: 500 5 0 0 0 0 0 0 500 5 0 0 0 0 0 0
  eth0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0
eth1:3 1 0 0 0 0 0 0       4 1 0 0 0 0 0 0
`;
  assert.deepEqual(parseInterfaceCounters(text), { receivedBytes: 1003, sentBytes: 2004 });
  assert.deepEqual(interfaceNames(text), ["lo", "eth0", "eth1"]);
});

Deno.test("parseInterfaceCounters() counts nothing where there is only a loopback interface", () => {
  const text = HEADER + "    lo: 500 5 0 0 0 0 0 0 500 5 0 0 0 0 0 0\n";
  assert.deepEqual(parseInterfaceCounters(text), { receivedBytes: 0, sentBytes: 0 });
});

Deno.test("readInterfaceCounters() finds nothing of a process that does not exist", () => {
  const own = identifyProcess(Deno.pid)!;
  assert.equal(readInterfaceCounters({ ...own, pid: 2 ** 22 + 1 }), undefined);
  // Its pid is another's by now.
  assert.equal(readInterfaceCounters({ ...own, start: own.start - 1 }), undefined);
  assert.notEqual(readInterfaceCounters(own), undefined);
});
