import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Ffi from "./mod.ts";

const MODULE = new URL("./mod.ts", import.meta.url).href;
const ignore = Deno.uid() !== 0;

Deno.test({
  name: "unshare() and setns() move the calling thread out and back in",
  ignore,
  fn: async () => {
    const result = await runAlone((ffi: typeof Ffi) => {
      const { CloneFlag } = ffi;
      const link = () => Deno.readLinkSync("/proc/thread-self/ns/uts");
      const before = link();
      const own = ffi.open("/proc/thread-self/ns/uts", ffi.OpenFlag.RDONLY);
      ffi.unshare(CloneFlag.NEWUTS);
      const between = link();
      ffi.setHostname("ä-host");
      ffi.setDomainname("domain.test");
      const name = (file: string) => Deno.readTextFileSync(`/proc/sys/kernel/${file}`).trim();
      const names = [name("hostname"), name("domainname")];
      ffi.setns(own, CloneFlag.NEWUTS);
      let message = "";
      try {
        ffi.setns(own, CloneFlag.NEWNET);
      } catch (error) {
        message = (error as Error).message;
      }
      return { changed: before !== between, back: link() === before, names, message };
    }, { module: MODULE });
    assert.deepEqual(result, {
      changed: true,
      back: true,
      names: ["ä-host", "domain.test"],
      message: "setns 0x40000000: invalid argument",
    });
  },
});

Deno.test({
  name: "setInterfaceUp() switches the loopback of a new network namespace on",
  ignore,
  fn: async () => {
    const result = await runAlone((ffi: typeof Ffi) => {
      const names = () => Deno.networkInterfaces().map(({ address }) => address);
      const before = names();
      ffi.setInterfaceUp("lo");
      let message = "";
      try {
        ffi.setInterfaceUp("nosuch0");
      } catch (error) {
        message = (error as Error).message;
      }
      return { before, hasAddress: names().includes("127.0.0.1"), message };
    }, { module: MODULE, command: ["unshare", "--net"] });
    assert.deepEqual(result, {
      before: [],
      hasAddress: true,
      message: "ioctl SIOCGIFFLAGS nosuch0: no such device",
    });
  },
});
