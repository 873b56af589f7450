import assert from "node:assert/strict";
import { untilRuns } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";

const shared = suite({ pull: ["alpine"], images: ["layers40"] });

/** Prompt of busybox's shell as root. */
const INSIDE = /\/ # $/;

Deno.test("run -it gives a shell with a terminal of the caller's size", async () => {
  await using terminal = await Terminal.open(shared.tsd, { columns: 91, rows: 27 });
  await terminal.type(`tsd run -it --rm ${shared.image("alpine")}`);
  await terminal.waitFor(INSIDE);
  await terminal.type("tty; stty size; echo $TERM; ls -l /dev/console | cut -c 1-10; echo $$");
  await terminal.waitFor(/\n\/dev\/(pts\/0|console)\n27 91\nxterm\ncrw--w----\n1\n/);
  await terminal.type("exit 5");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("echo code $?");
  await terminal.waitFor(/code 5\n/);
});

Deno.test("run -it follows changes of the size", async () => {
  await using terminal = await Terminal.open(shared.tsd, { columns: 90, rows: 25 });
  const script = 'trap "echo winch; told=yes" WINCH; stty size; ' +
    'until [ "$told$(stty size)" = "yes40 120" ]; do sleep 0.05; done; echo resized';
  await terminal.type(`tsd run -it --rm ${shared.image("alpine")} sh -c '${script}'`);
  await terminal.waitFor(/\n25 90\s/);
  await terminal.resize({ columns: 120, rows: 40 });
  await terminal.waitFor(/\nwinch\nresized\nhost\$ $/);
});

Deno.test("run -it has job control", async () => {
  await using terminal = await Terminal.open(shared.tsd);
  await terminal.type(`tsd run -it --rm ${shared.image("alpine")} sh`);
  await terminal.waitFor(INSIDE);
  await terminal.type("sleep 100");
  await untilRuns(shared.tsd, "sleep 100");
  await terminal.press("C-c");
  await terminal.waitFor(/\^C\n+\/ # $/);
  await terminal.type("sleep 200");
  await untilRuns(shared.tsd, "sleep 200");
  await terminal.press("C-z");
  await terminal.waitFor(/\[1\]\+ +Stopped +sleep 200\n\/ # $/);
  // Apart: the signal that tells of the job going on may cost busybox what it writes just then.
  await terminal.type("bg");
  await terminal.waitFor(/bg\n(\[1\] sleep 200\n)?\/ # $/);
  await terminal.type("jobs");
  await terminal.waitFor(/\[1\]\+ +Running +sleep 200/);
  await terminal.type("kill %1; wait; clear; echo waited");
  await terminal.waitFor(/waited\n/);
  await terminal.press("C-d");
  await terminal.waitFor(/host\$ $/);
});

Deno.test("run -it is raw: editing keys and bytes go to the command", async () => {
  await using terminal = await Terminal.open(shared.tsd);
  await terminal.type(`tsd run -it --rm ${shared.image("alpine")} sh`);
  await terminal.waitFor(INSIDE);
  // busybox's shell asks for keys one by one; it redraws the line from its own history.
  await terminal.type("echo first-$((20 + 2))");
  await terminal.waitFor(/first-22\n/);
  await terminal.press("Up");
  await terminal.press("Enter");
  await terminal.waitFor(/first-22\n[^]*first-22\n/);
  await terminal.type("exit");
  await terminal.waitFor(/host\$ $/);
});

Deno.test("run -it restores the caller's terminal, whatever ends it", async () => {
  const { tsd } = shared;
  await using terminal = await Terminal.open(tsd);
  await terminal.type(`stty -a > ${tsd.home}/before`);
  const ends = [
    ["exit", "exit"],
    ["kill -9 of the command", "sleep 1000"],
    ["missing command", undefined],
  ] as const;
  for (const [how, typed] of ends) {
    await terminal.type(
      `clear; tsd run -it --rm ${shared.image("alpine")} ${typed ? "sh" : "nosuch"}`,
    );
    if (typed !== undefined) {
      await terminal.waitFor(INSIDE);
      await terminal.type(typed);
    }
    if (typed === "sleep 1000") {
      await untilRuns(shared.tsd, typed);
      for (const { pid, command } of await tsd.processes()) {
        if (command === "sh") Deno.kill(pid, "SIGKILL");
      }
    }
    await terminal.waitFor(/host\$ $/);
    await terminal.type(`stty -a > ${tsd.home}/after; echo done`);
    await terminal.waitFor(/done\n/);
    const [before, after] = await Promise.all(
      ["before", "after"].map((name) => Deno.readTextFile(`${tsd.home}/${name}`)),
    );
    assert.equal(after, before, how);
  }
});

Deno.test("run -t without a terminal is refused for -i", async () => {
  const args = ["run", "--rm", "-it", shared.image("alpine"), "true"];
  // As Docker: the client gives up before it asks the engine.
  const { stderr } = await shared.tsd.run(args, { expect: 1 });
  assert.match(stderr, /not a (TTY|terminal)/);
});

Deno.test("run -t gives a terminal to the command where the caller has none", async () => {
  const { tsd } = shared;
  const args = ["run", "--rm", "-t", shared.image("alpine"), "sh", "-c", "test -t 1 && echo tty"];
  assert.equal((await tsd.run(args)).stdout, "tty\r\n");
});

Deno.test("pull shows a progress bar on a terminal and ends with the status", async () => {
  await using terminal = await Terminal.open(shared.tsd);
  await terminal.type(`tsd pull ${shared.image("layers40")}`);
  await terminal.waitFor(/: Pull complete *\n/);
  await terminal.waitFor(
    /Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for .*layers40/,
  );
  await terminal.waitFor(/host\$ $/);
});
