import assert from "node:assert/strict";
import { JsonLogWriter } from "./json_log_writer.ts";

const encoder = new TextEncoder();

/** A file system of 64 kB, the log on it, and a way to take all its room and give it back. */
async function withSmallDisk(
  body: (disk: { path: string; fill(): void; empty(): void }) => void,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const mount = (program: string, ...args: string[]) => {
    const { code, stderr } = new Deno.Command(program, { args }).outputSync();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  };
  mount("mount", "-t", "tmpfs", "-o", "size=64k", "none", directory);
  const filler = `${directory}/filler`;
  const fill = () => {
    using file = Deno.openSync(filler, { write: true, create: true });
    assert.throws(() => {
      while (file.writeSync(new Uint8Array(4096)) > 0);
    }, /No space left/);
  };
  try {
    body({ path: `${directory}/log`, fill, empty: () => Deno.removeSync(filler) });
  } finally {
    mount("umount", directory);
    await Deno.remove(directory);
  }
}

function records(path: string): [stream: string, log: string, attrs: unknown][] {
  const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line)).map((
    { attrs, log, stream },
  ) => [stream, log, attrs]);
}

const notice = (bytes: number) =>
  `[tsd: ${bytes} bytes of output are missing here: they could not be written]\n`;

Deno.test("a log whose disk was full says once how many bytes of a stream are missing", async () => {
  await withSmallDisk(({ empty, fill, path }) => {
    const writer = JsonLogWriter.open(path, { attributes: { a: "b" } });
    const write = (stream: "stdout" | "stderr", text: string) =>
      writer.write(stream, encoder.encode(text));
    write("stdout", "first\n");
    write("stdout", "beg");
    fill();
    const long = "x".repeat(5000);
    assert.throws(() => write("stdout", `un\n${long}\n`), /Cannot write log/);
    assert.throws(() => write("stderr", `${long}\n`), /Cannot write log/);
    assert.throws(() => write("stdout", `${long}\n`), /Cannot write log/);
    empty();
    write("stdout", "out");
    write("stderr", "err\n");
    write("stdout", " again\n");
    write("stdout", "last\n");
    writer.close();
    assert.deepEqual(records(path), [
      ["stdout", "first\n", { a: "b" }],
      ["stderr", notice(5001), { a: "b" }],
      ["stderr", "err\n", { a: "b" }],
      ["stdout", notice(3 + 3 + 5001 + 5001), { a: "b" }],
      ["stdout", "out again\n", { a: "b" }],
      ["stdout", "last\n", { a: "b" }],
    ]);
  });
});

Deno.test("a log counts as missing only what is not in it, also of a line in several records", async () => {
  await withSmallDisk(({ empty, fill, path }) => {
    const writer = JsonLogWriter.open(path);
    const part = "y".repeat(16 << 10);
    writer.write("stdout", encoder.encode(part));
    fill();
    assert.throws(() => writer.write("stdout", encoder.encode(`${part}end\n`)), /Cannot write log/);
    empty();
    writer.write("stdout", encoder.encode("next\n"));
    writer.close();
    const text = records(path).map(([, log]) => log).join("");
    assert.ok(text === `${part}\n${notice(part.length + 4)}next\n`, text.slice(part.length));
  });
});

Deno.test("a log that could not be told what is missing says it when it is opened again", async () => {
  const run = await Deno.makeTempDir();
  await withSmallDisk(({ empty, fill, path }) => {
    const options = { partialLines: `${run}/partial-lines` };
    fill();
    const killed = JsonLogWriter.open(path, options);
    assert.throws(() => killed.write("stdout", encoder.encode("lost\n")), /Cannot write log/);
    empty();
    const writer = JsonLogWriter.open(path, options);
    writer.write("stdout", encoder.encode("found\n"));
    writer.close();
    assert.deepEqual(records(path).map(([, log]) => log), [notice(5), "found\n"]);
    killed.close();
  });
  await Deno.remove(run, { recursive: true });
});

Deno.test("a log goes on after a rotation for which there was no room", async () => {
  await withSmallDisk(({ empty, fill, path }) => {
    const writer = JsonLogWriter.open(path, { maxSize: 2000, maxFiles: 3 });
    const line = `${"z".repeat(1000)}\n`;
    for (let count = 0; count < 2; count++) writer.write("stdout", encoder.encode(line));
    fill();
    for (let count = 0; count < 5; count++) {
      assert.throws(() => writer.write("stdout", encoder.encode(line)), /Cannot write log/);
    }
    empty();
    writer.write("stdout", encoder.encode("after\n"));
    writer.close();
    assert.deepEqual(records(`${path}.1`).map(([, log]) => log), [line, line]);
    assert.deepEqual(records(path).map(([, log]) => log), [notice(5 * line.length), "after\n"]);
  });
});
