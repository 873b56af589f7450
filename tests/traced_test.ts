import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { firstProcess } from "./harness/host_process.ts";
import { untilRuns } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { supervisorOf } from "./harness/supervisor.ts";
import { trace, type Tracer } from "./harness/tracer.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

/** A script without children, whose ends would be told by a signal: that stops who is traced. */
const untilEnd = (code: number) => `until [ -e /end ]; do :; done; exit ${code}`;

/** Traces a process to the end of a block. */
function traced(pid: number): Tracer & Disposable {
  const tracer = trace(pid);
  let isThere = true;
  const end = () => {
    if (isThere) tracer.end();
    isThere = false;
  };
  return { ...tracer, end, [Symbol.dispose]: end };
}

async function isZombie(pid: number): Promise<boolean> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return /\) Z /.test(text);
}

Deno.test("a container whose first process is traced to its end ends with it, and tells how", async () => {
  const { tsd } = shared;
  await using _container = await background("traced-first", [], "sh", "-c", untilEnd(9));
  const pid = await firstProcess(tsd, "traced-first");
  using tracer = traced(pid);
  await Deno.writeTextFile(`/proc/${pid}/root/end`, "");
  assert.equal((await tsd.run(["wait", "traced-first"])).stdout, "9\n");
  assert.equal(await state("traced-first"), "exited");
  // It is still the tracer's; everything of the run is put away all the same.
  assert.ok(await isZombie(pid));
  await tsd.run(["start", "-a", "traced-first"], { expect: 9 });
  tracer.look();
  await waitUntil("the zombie to be waited for", async () => !await isZombie(pid));
});

Deno.test("a traced process in a shared PID namespace keeps no container from being removed for good", async () => {
  const { tsd } = shared;
  await using _owner = await background("traced-owner", [], "sleep", "1000");
  await using _guest = await background(
    "traced-guest",
    ["--pid", "container:traced-owner"],
    "sleep",
    "1001",
  );
  const pid = await firstProcess(tsd, "traced-guest");
  using tracer = traced(pid);
  await tsd.run(["rm", "-f", "traced-guest"]);
  assert.ok(await isZombie(pid));
  // The namespace does not end before the tracer has looked: that is said, not waited for.
  const { stderr } = await tsd.run(["rm", "-f", "traced-owner"], { expect: 1 });
  assert.match(stderr, /did not receive an exit event: one of its processes is traced/);
  tracer.end();
  await tsd.run(["rm", "-f", "traced-owner"]);
  assert.ok(!await isZombie(pid));
});

Deno.test("a container that is traced when its supervisor is killed ends with its exit code", async () => {
  const { tsd } = shared;
  await using _container = await background("traced-adopted", [], "sh", "-c", untilEnd(7));
  const pid = await firstProcess(tsd, "traced-adopted");
  using tracer = traced(pid);
  const before = await supervisorOf(tsd);
  Deno.kill(before, "SIGKILL");
  const waiting = tsd.run(["wait", "traced-adopted"]);
  await waitUntil("another supervisor", async () => {
    const now = await supervisorOf(tsd).catch(() => before);
    return now !== before;
  });
  await Deno.writeTextFile(`/proc/${pid}/root/end`, "");
  assert.equal((await waiting).stdout, "7\n");
  tracer.end();
});

Deno.test("exec of a command that is traced to its end ends with it, and tells how", async () => {
  const { tsd } = shared;
  await using _container = await background("traced-exec", [], "sleep", "1000");
  const client = tsd.spawn(["exec", "traced-exec", "sh", "-c", untilEnd(5)]);
  const pid = await untilRuns(tsd, `sh -c ${untilEnd(5)}`);
  using tracer = traced(pid);
  const first = await firstProcess(tsd, "traced-exec");
  await Deno.writeTextFile(`/proc/${first}/root/end`, "");
  assert.equal((await client.finish()).code, 5);
  tracer.end();
});
