import assert from "node:assert/strict";
import { close, reap } from "../../../ffi/mod.ts";
import { BARE_INIT_NAME, dismissWitness } from "../../container/mod.ts";
import { identifyProcess, readProcessStat, zombieStatus } from "../../process/mod.ts";
import { launchInit, selfCommand } from "../../runtime/mod.ts";
import { RunningLoop } from "../watch/_running_loop_fixture.ts";
import { awaitExit } from "../watch/exit_watch.ts";

Deno.test({
  name: "launchInit() has a witness stay, from which is learned how init ended",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await using running = new RunningLoop();
    const pidNamespace = { type: "pid" } as const;
    const init = launchInit({ self: selfCommand(), pidNamespace, witness: BARE_INIT_NAME });
    const identity = identifyProcess(init.pid)!;
    const { parent } = readProcessStat(init.pid)!;
    assert.notEqual(parent, Deno.pid);
    // It ends without orders.
    init.closePipes();
    const status = await awaitExit(running.loop, init.pid, init.pidfd, identity.start);
    assert.equal(status?.kind, "exited");
    assert.deepEqual(zombieStatus(identity), status);
    dismissWitness(identity);
    assert.throws(() => reap(parent), { syscall: "waitpid" });
    close(init.pidfd);
  },
});
