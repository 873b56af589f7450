import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Credentials from "./credentials.ts";

const MODULE = new URL("./credentials.ts", import.meta.url).href;
const ignore = Deno.uid() !== 0;

Deno.test({
  name: "setGroups(), setGroup(), setUser() and setCapabilities() change the calling thread",
  ignore,
  fn: async () => {
    const status = await runAlone((ffi: typeof Credentials) => {
      ffi.limitBoundingSet(0b1000_0001n);
      ffi.setGroups([4_000_000_000, 7]);
      ffi.setGroup(1001);
      ffi.setKeepCapabilities(true);
      ffi.setUser(1000);
      ffi.setCapabilities({ effective: 1n, permitted: 0b1000_0001n, inheritable: 1n });
      ffi.setAmbientCapabilities(1n);
      ffi.setNoNewPrivileges();
      const text = Deno.readTextFileSync("/proc/thread-self/status");
      const field = (name: string) => new RegExp(`^${name}:\\t(.*?) *$`, "m").exec(text)?.[1];
      const names = ["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];
      return Object.fromEntries([...names, "NoNewPrivs"].map((name) => [name, field(name)]));
    }, { module: MODULE });
    assert.deepEqual(status, {
      Uid: "1000\t1000\t1000\t1000",
      Gid: "1001\t1001\t1001\t1001",
      Groups: "7 4000000000",
      CapInh: "0000000000000001",
      CapPrm: "0000000000000081",
      CapEff: "0000000000000001",
      CapBnd: "0000000000000081",
      CapAmb: "0000000000000001",
      NoNewPrivs: "1",
    });
  },
});

Deno.test({
  name: "setGroups() without groups leaves none, and fails once the right is gone",
  ignore,
  fn: async () => {
    const result = await runAlone((ffi: typeof Credentials) => {
      ffi.setGroups([]);
      const text = Deno.readTextFileSync("/proc/thread-self/status");
      ffi.setUser(1000);
      const attempt = (call: () => void) => {
        try {
          call();
        } catch (error) {
          return (error as Error).message;
        }
      };
      return {
        groups: /^Groups:[\t ]*(.*?)[\t ]*$/m.exec(text)![1],
        setGroups: attempt(() => ffi.setGroups([1, 2])),
        setUser: attempt(() => ffi.setUser(0)),
      };
    }, { module: MODULE });
    assert.deepEqual(result, {
      groups: "",
      setGroups: "setgroups 1 2: operation not permitted",
      setUser: "setresuid 0: operation not permitted",
    });
  },
});

Deno.test("boundingSet() reads what the kernel shows", async () => {
  const [read, shown] = await runAlone(({ boundingSet }: typeof Credentials) => {
    const text = Deno.readTextFileSync("/proc/thread-self/status");
    return [boundingSet().toString(16).padStart(16, "0"), /^CapBnd:\t(\w+)$/m.exec(text)![1]];
  }, { module: MODULE });
  assert.equal(read, shown);
});
