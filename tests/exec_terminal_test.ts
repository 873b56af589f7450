import assert from "node:assert/strict";
import { sleeper, untilRuns } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";

const shared = suite({ pull: ["alpine"] });

/** Runs a shell script in a container and returns its stdout. */
async function sh(id: string, script: string): Promise<string> {
  return (await shared.tsd.run(["exec", id, "sh", "-c", script])).stdout;
}

Deno.test("exec -dt gives the command a terminal that stays", async () => {
  await using one = await sleeper(shared);
  const script = "tty > /tmp/tty; head -c 100000 /dev/zero; touch /tmp/written; sleep 765";
  await shared.tsd.run(["exec", "-dt", one.id, "sh", "-c", script]);
  await untilRuns(shared.tsd, "sleep 765");
  assert.equal(await sh(one.id, "ls /tmp/written; cat /tmp/tty"), "/tmp/written\n/dev/pts/0\n");
});

Deno.test("exec -it has a terminal of the caller's size and follows its changes", async () => {
  await using one = await sleeper(shared);
  await using terminal = await Terminal.open(shared.tsd, { columns: 91, rows: 27 });
  await terminal.type(`tsd exec -it ${one.id} sh`);
  await terminal.waitFor(/\/ # $/);
  await terminal.type("tty; stty size; echo $TERM");
  await terminal.waitFor(/\n\/dev\/pts\/0\n27 91\nxterm\n/);
  await terminal.resize({ columns: 120, rows: 40 });
  await terminal.type('until [ "$(stty size)" = "40 120" ]; do sleep 0.05; done; echo resi""zed');
  await terminal.waitFor(/\nresized\n/);
  await terminal.type("sleep 432");
  await untilRuns(shared.tsd, "sleep 432");
  await terminal.press("C-c");
  await terminal.waitFor(/\^C\n+\/ # $/);
  await terminal.type("exit 5");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("echo code $?; stty -a | grep -o ' echo '");
  await terminal.waitFor(/code 5\n echo\n/);
});

Deno.test("the detach keys leave the command of exec -it running", async () => {
  await using one = await sleeper(shared);
  await using terminal = await Terminal.open(shared.tsd);
  const script = "while sleep 0.05; do echo tick; echo >> /ticks; done; sleep 321";
  await terminal.type(`tsd exec -it --detach-keys ctrl-a,q ${one.id} sh -c '${script}'`);
  await terminal.waitFor(/tick\n+tick/);
  await terminal.press("C-a");
  await terminal.press("q");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("echo code $?");
  await terminal.waitFor(/code 0\n/);
  // It goes on to write to its terminal, more than the kernel keeps for a reader.
  const more =
    "n=$(wc -l < /ticks); until [ $(wc -l < /ticks) -ge $((n + 20)) ]; do sleep 0.05; done";
  await sh(one.id, more);
});

Deno.test("exec from a terminal without -t passes no terminal on", async () => {
  await using one = await sleeper(shared);
  await using terminal = await Terminal.open(shared.tsd);
  const script = "for fd in 0 1 2; do test -t $fd && echo terminal $fd; done; echo done; " +
    'while read line; do echo "got $line"; done';
  await terminal.type(`tsd exec -i ${one.id} sh -c '${script}'`);
  await terminal.waitFor(/\ndone\s/);
  await terminal.type("typed");
  // Whether the terminal has shown it, too, is the business of its kernel.
  await terminal.waitFor(/\ngot typed\s/);
  await terminal.press("C-d");
  await terminal.waitFor(/host\$ $/);
  assert.doesNotMatch(await terminal.screen(), /\nterminal \d/);
});
