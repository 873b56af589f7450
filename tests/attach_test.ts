import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

Deno.test("attach shows the output from then on, to several at once", async () => {
  const { tsd } = shared;
  const script = "n=0; while [ ! -e /end ]; do n=$((n+1)); echo line $n; sleep 0.02; done; exit 4";
  await using _container = await background("attach-attach", [], "sh", "-c", script);
  const clients = [1, 2].map(() => tsd.spawn(["attach", "attach-attach"]));
  for (const client of clients) await client.waitFor(/line \d+\nline \d+/);
  await Deno.writeTextFile(`/proc/${await state("attach-attach", "Pid")}/root/end`, "");
  for (const client of clients) assert.equal((await client.finish()).code, 4);
  const late = await tsd.run(["attach", "attach-attach"], { expect: 1 });
  assert.match(late.stderr, /cannot attach to a stopped container, start it first/);
});

Deno.test("the detach keys leave a shell running, and attach comes back to it", async () => {
  const { tsd } = shared;
  await using terminal = await Terminal.open(tsd);
  await terminal.type(`tsd run -it --name attach-shell ${shared.image("alpine")} sh`);
  await terminal.waitFor(/\/ # $/);
  await terminal.type("there=yes");
  await terminal.waitFor(/there=yes\n\/ # $/);
  await terminal.press("C-p");
  await terminal.press("C-q");
  await terminal.waitFor(/host\$ $/);
  assert.equal(await state("attach-shell"), "running");
  await terminal.type("clear; tsd attach attach-shell");
  // Without a key pressed: the shell is told to draw its prompt again.
  await terminal.waitFor(/^\/ # $/);
  await terminal.type("echo still $there");
  await terminal.waitFor(/still yes\n\/ # $/);
  await terminal.press("C-p");
  await terminal.press("C-q");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("clear; tsd attach --sig-proxy=false attach-shell");
  await terminal.waitFor(/^\/ # $/);
  await terminal.resize({ columns: 87, rows: 23 });
  await terminal.type("until stty size | grep '23 87'; do sleep 0.1; done");
  await terminal.waitFor(/\n23 87\n\/ # $/);
  await terminal.type("exit 6");
  await terminal.waitFor(/host\$ $/);
  assert.equal(await state("attach-shell", "ExitCode"), "6");
  await tsd.run(["rm", "attach-shell"]);
});

Deno.test("the end of an attachment's input leaves a detached container's open", async () => {
  const { tsd } = shared;
  await using _container = await background("attach-input", ["-i"], "cat");
  for (const text of ["one\n", "two\n"]) {
    const client = tsd.spawn(["attach", "attach-input"]);
    client.write(text);
    client.closeStdin();
    await client.waitFor(new RegExp(`${text}$`));
    client.kill("SIGKILL");
    await client.finish();
  }
  assert.equal(await state("attach-input"), "running");
  await tsd.run(["stop", "-t", "0", "attach-input"]);
  const starter = tsd.spawn(["start", "-ai", "attach-input"]);
  starter.write("three\n");
  starter.closeStdin();
  await starter.waitFor(/three\n$/);
  const client = tsd.spawn(["attach", "attach-input"]);
  client.write("four\n");
  await client.waitFor(/four\n$/);
  await starter.waitFor(/four\n$/);
  await tsd.run(["stop", "-t", "0", "attach-input"]);
  for (const one of [starter, client]) assert.equal((await one.finish()).code, 137);
});
