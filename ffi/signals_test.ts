import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Signals from "./signals.ts";
import { Signal, type SignalName } from "./signals.ts";

Deno.test("Signal numbers the signals as the system's kill(1) does", async () => {
  const names = Object.keys(Signal).map((name) => name.slice(3)) as string[];
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", 'for name; do kill -l "$name"; done', "bash", ...names],
  }).output();
  const numbers = new TextDecoder().decode(stdout).trim().split("\n").map(Number);
  assert.deepEqual(numbers, names.map((name) => Signal[`SIG${name}` as SignalName]));
});

Deno.test("resetSignals() gives ignored and caught signals their default, and unblocks all", async () => {
  const { after, before } = await runAlone(({ resetSignals }: typeof Signals) => {
    // SIGPIPE, which the runtime ignores, and SIGUSR2.
    const [pipe, user] = [1n << 12n, 1n << 11n];
    // 32 and 33 cannot be set.
    const ofLibc = 0b11n << 31n;
    const masks = () => {
      const status = Deno.readTextFileSync("/proc/thread-self/status");
      const mask = (name: string) =>
        BigInt(`0x${new RegExp(`^${name}:\\t(\\w+)$`, "m").exec(status)![1]}`);
      return {
        ignoresPipe: (mask("SigIgn") & pipe) !== 0n,
        catchesUser: (mask("SigCgt") & user) !== 0n,
        ignoresOrBlocksAny: ((mask("SigIgn") | mask("SigBlk")) & ~ofLibc) !== 0n,
      };
    };
    Deno.addSignalListener("SIGUSR2", () => {});
    const before = masks();
    resetSignals();
    return { after: masks(), before };
  }, { module: new URL("./signals.ts", import.meta.url).href });
  assert.deepEqual(before, { ignoresPipe: true, catchesUser: true, ignoresOrBlocksAny: true });
  assert.deepEqual(after, { ignoresPipe: false, catchesUser: false, ignoresOrBlocksAny: false });
});
