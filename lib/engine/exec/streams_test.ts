import assert from "node:assert/strict";
import { close, open, OpenFlag, read, write } from "../../../ffi/mod.ts";
import { openExecStreams } from "./streams.ts";

Deno.test("openExecStreams() opens pipes for the streams that are wanted", () => {
  const streams = openExecStreams({ openStdin: false, output: true, inherit: false }, { open });
  assert.equal(Deno.readLinkSync(`/proc/self/fd/${streams.theirs[0]}`), "/dev/null");
  assert.equal(streams.ours[0], undefined);
  const buffer = new Uint8Array(8);
  for (const fd of [1, 2]) {
    const ours = streams.ours[fd]!;
    // Ours never waits.
    assert.equal(read(ours, buffer), undefined);
    assert.equal(write(streams.theirs[fd]!, new Uint8Array([fd])), 1);
    assert.equal(read(ours, buffer), 1);
  }
  streams.release();
  for (const fd of [1, 2]) {
    assert.equal(read(streams.ours[fd]!, buffer), 0);
    close(streams.ours[fd]!);
  }
});

Deno.test("openExecStreams() refuses a /dev/null that is something else", () => {
  const files = { open: () => open("/dev/zero", OpenFlag.RDWR) };
  assert.throws(() => openExecStreams({ openStdin: false, output: false, inherit: false }, files), {
    kind: "invalid",
    message: 'the container\'s "/dev/null" is something else',
  });
});

Deno.test("openExecStreams() passes on pipes only of what is inherited", async () => {
  const script = `
    import { openExecStreams } from ${JSON.stringify(import.meta.resolve("./streams.ts"))};
    import { open } from ${JSON.stringify(import.meta.resolve("../../../ffi/mod.ts"))};
    const options = { openStdin: true, output: true, inherit: true };
    const { ours, theirs } = openExecStreams(options, { open });
    const kind = (fd) => theirs[fd] === fd ? "own" : ours[fd] === undefined ? "nothing" : "pipe";
    Deno.writeTextFileSync(Deno.env.get("RESULT"), [0, 1, 2].map(kind).join(" "));`;
  const result = await Deno.makeTempFile();
  const cases: [redirections: string, expected: string][] = [
    [": | $RUN 2>&1 | cat", "own own own"],
    ["$RUN < $RESULT > /dev/null 2>> $RESULT", "pipe nothing pipe"],
    ["$RUN < / > /dev/zero 2> /dev/null", "pipe pipe nothing"],
  ];
  try {
    for (const [redirections, expected] of cases) {
      const { code } = await new Deno.Command("sh", {
        args: ["-c", redirections.replace("$RUN", '"$DENO" eval --no-lock --no-check "$SCRIPT"')],
        env: { DENO: Deno.execPath(), RESULT: result, SCRIPT: script, NO_COLOR: "1" },
      }).output();
      assert.equal(code, 0, redirections);
      assert.equal(await Deno.readTextFile(result), expected, redirections);
    }
  } finally {
    await Deno.remove(result);
  }
});
