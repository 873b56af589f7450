import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Module from "./user_signal.ts";

const MODULE = new URL("./user_signal.ts", import.meta.url).href;
const HOST_PROGRAM = new URL("./host_program.ts", import.meta.url).href;

// The runtime takes the signal half a second after its start.
const ARMED_AFTER = 700;

Deno.test("guardUserSignal() keeps SIGUSR1 from the runtime, however late and often it comes", async () => {
  const result = await runAlone(async ({ guardUserSignal }: typeof Module, armedAfter: number) => {
    const handler = () => /SigCgt:\t(\w+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    guardUserSignal();
    const caught = handler();
    for (let count = 0; count < 10; count++) Deno.kill(Deno.pid, "SIGUSR1");
    await new Promise((resolve) => setTimeout(resolve, armedAfter));
    for (let count = 0; count < 10; count++) Deno.kill(Deno.pid, "SIGUSR1");
    // The runtime would open its debugger in a turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const descriptors = await Array.fromAsync(Deno.readDir("/proc/self/fd"));
    const own = await Promise.all(descriptors.map(({ name }) => {
      // The directory's own descriptor is closed by now.
      return Deno.readLink(`/proc/self/fd/${name}`).catch(() => undefined);
    }));
    const listening = (await Deno.readTextFile("/proc/net/tcp")).split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) =>
        state === "0A" && own.includes(`socket:[${inode}]`)
      );
    return { listening, isSame: handler() === caught };
  }, { module: MODULE, args: [ARMED_AFTER] });
  assert.deepEqual(result, { listening: [], isSame: true });
});

Deno.test("onUserSignal() tells of each SIGUSR1, also after it was ignored", async () => {
  const told = await runAlone(
    async ({ ignoreUserSignal, onUserSignal }: typeof Module, armedAfter: number) => {
      ignoreUserSignal();
      let count = 0;
      let wake = () => {};
      using _ = onUserSignal(() => {
        count++;
        wake();
      });
      const signal = async () => {
        const woken = new Promise<void>((resolve) => wake = resolve);
        Deno.kill(Deno.pid, "SIGUSR1");
        await woken;
      };
      await signal();
      await new Promise((resolve) => setTimeout(resolve, armedAfter));
      ignoreUserSignal();
      await signal();
      await signal();
      return count;
    },
    { module: MODULE, args: [ARMED_AFTER] },
  );
  assert.equal(told, 3);
});

Deno.test("onUserSignal() gets what came while it was blocked", async () => {
  const command = ["env", "--block-signal=USR1"];
  const told = await runAlone(async ({ guardUserSignal, onUserSignal }: typeof Module) => {
    Deno.kill(Deno.pid, "SIGUSR1");
    guardUserSignal();
    Deno.kill(Deno.pid, "SIGUSR1");
    return await new Promise((resolve) => onUserSignal(() => resolve("told")));
  }, { module: MODULE, command });
  assert.equal(told, "told");
});

Deno.test("a program that is started blocks and ignores nothing for our sake", async () => {
  for (const command of [["env"], ["env", "--block-signal=USR1", "--ignore-signal=USR1"]]) {
    const status = await runAlone(
      async ({ hostProgram }: typeof import("./host_program.ts")) => {
        const { stdout } = await hostProgram("cat", { args: ["/proc/self/status"] }).output();
        return new TextDecoder().decode(stdout);
      },
      { module: HOST_PROGRAM, command },
    );
    const [, blocked, ignored] = /SigBlk:\t(\w+)\nSigIgn:\t(\w+)/.exec(status)!;
    const hasUserSignal = (mask = "") => (BigInt(`0x${mask}`) & 0x200n) !== 0n;
    assert.deepEqual(
      [hasUserSignal(blocked), hasUserSignal(ignored)],
      [false, false],
      `${command}`,
    );
  }
});

Deno.test("withUserSignalBlocked() starts a process that blocks it, and only that", async () => {
  const masks = await runAlone(async ({ withUserSignalBlocked }: typeof Module) => {
    const look = () => new Deno.Command("grep", { args: ["SigBlk", "/proc/self/status"] }).output();
    const outputs = [await withUserSignalBlocked(look), await look()];
    return outputs.map(({ stdout }) => new TextDecoder().decode(stdout).trim());
  }, { module: MODULE });
  assert.deepEqual(masks, ["SigBlk:\t0000000000000200", "SigBlk:\t0000000000000000"]);
});
