import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import { identifyProcess } from "../../process/mod.ts";
import { resolveRoots, type Roots } from "../../state/mod.ts";
import type * as Lock from "./lock.ts";
import { announceSupervisor, releaseSupervisorLock, takeSupervisorLock } from "./lock.ts";
import { leftSocket, socketPath, supervisorIdentity } from "./presence.ts";
import { PROTOCOL_VERSION } from "../protocol.ts";

const MODULE = new URL("./lock.ts", import.meta.url).href;

/** The folders of an instance that does not exist yet. */
function withRoots(body: (roots: Roots) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      await body(resolveRoots({ root: `${folder}/root`, run: `${folder}/deep/run` }));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

Deno.test(
  "takeSupervisorLock() gives the lock to one at a time",
  withRoots((roots) => {
    const lock = takeSupervisorLock(roots);
    assert(lock !== undefined);
    assert.equal(takeSupervisorLock(roots), undefined);
    releaseSupervisorLock(lock);
    const again = takeSupervisorLock(roots);
    assert(again !== undefined);
    releaseSupervisorLock(again);
  }),
);

Deno.test(
  "takeSupervisorLock() is given back by the kernel when its holder dies",
  withRoots(async (roots) => {
    const got = await runAlone(
      ({ takeSupervisorLock }: typeof Lock, roots: Roots) =>
        takeSupervisorLock(roots) !== undefined,
      { module: MODULE, args: [roots] as const },
    );
    assert.equal(got, true);
    const lock = takeSupervisorLock(roots);
    assert(lock !== undefined);
    const other = await runAlone(
      ({ takeSupervisorLock }: typeof Lock, roots: Roots) =>
        takeSupervisorLock(roots) !== undefined,
      { module: MODULE, args: [roots] as const },
    );
    assert.equal(other, false);
    releaseSupervisorLock(lock);
  }),
);

Deno.test(
  "supervisorIdentity() tells what announceSupervisor() said",
  withRoots((roots) => {
    assert.equal(supervisorIdentity(roots), undefined);
    const lock = takeSupervisorLock(roots)!;
    // Nothing said yet.
    assert.equal(supervisorIdentity(roots), undefined);
    announceSupervisor(roots);
    assert.deepEqual(supervisorIdentity(roots), {
      ...identifyProcess(Deno.pid),
      protocol: PROTOCOL_VERSION,
    });
    releaseSupervisorLock(lock);
    assert.deepEqual(supervisorIdentity(roots), {
      ...identifyProcess(Deno.pid),
      protocol: PROTOCOL_VERSION,
    });
  }),
);

Deno.test(
  "leftSocket() sees a socket nobody listens on",
  withRoots((roots) => {
    assert.equal(leftSocket(roots), false);
    Deno.mkdirSync(roots.run, { recursive: true });
    Deno.symlinkSync("nowhere", socketPath(roots));
    assert.equal(leftSocket(roots), true);
  }),
);
