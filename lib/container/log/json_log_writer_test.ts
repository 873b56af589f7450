import assert from "node:assert/strict";
import { JsonLogWriter } from "./json_log_writer.ts";

const TIME = Date.parse("2026-01-02T03:04:05Z");
const encoder = new TextEncoder();

interface Line {
  log: string;
  stream: string;
  time: string;
  attrs?: Record<string, string>;
}

async function withFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function lines(path: string): Line[] {
  const text = Deno.readTextFileSync(path);
  if (text === "") return [];
  assert.ok(text.endsWith("}\n"), text.slice(-100));
  return text.slice(0, -1).split("\n").map((line) => JSON.parse(line));
}

function logs(path: string): string[] {
  return lines(path).map(({ log }) => log);
}

Deno.test("JsonLogWriter writes the bytes Docker's json-file driver writes", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path);
    const output = [
      ...encoder.encode('plain\n\ttab\r\n<>&"\\ \u0001\u007f\u001b\né \u2028\nbad '),
      0xff,
      0xc3,
      ...encoder.encode("\n\0\n\nno newline"),
    ];
    writer.write("stdout", Uint8Array.from(output), TIME + 0.25);
    writer.write("stderr", encoder.encode("err"), TIME + 1.5);
    writer.close();
    const expected = [
      '{"log":"plain\\n","stream":"stdout","time":"2026-01-02T03:04:05.00025Z"}',
      '{"log":"\\u0009tab\\r\\n","stream":"stdout","time":"2026-01-02T03:04:05.00025Z"}',
      '{"log":"\\u003c\\u003e\\u0026\\"\\\\ \\u0001\u007f\\u001b\\n","stream":"stdout",' +
      '"time":"2026-01-02T03:04:05.00025Z"}',
      '{"log":"é \\u2028\\n","stream":"stdout","time":"2026-01-02T03:04:05.00025Z"}',
      '{"log":"bad \\ufffd\\ufffd\\n","stream":"stdout","time":"2026-01-02T03:04:05.00025Z"}',
      '{"log":"\\u0000\\n","stream":"stdout","time":"2026-01-02T03:04:05.00025Z"}',
      '{"log":"\\n","stream":"stdout","time":"2026-01-02T03:04:05.00025Z"}',
    ];
    const text = Deno.readTextFileSync(path);
    assert.equal(text.split("\n").slice(0, expected.length).join("\n"), expected.join("\n"));
    assert.deepEqual(logs(path).slice(expected.length), ["no newline", "err"]);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o640 & ~Deno.umask());
  });
});

Deno.test("JsonLogWriter splits long lines as Docker does", async () => {
  const K16 = 16384;
  const cases: [name: string, output: string, sizes: number[]][] = [
    ["one more than the longest", "a".repeat(K16) + "\n", [K16, 1]],
    ["the longest", "a".repeat(K16 - 1) + "\n", [K16]],
    ["several records", "a".repeat(40_000) + "\nb\n", [K16, K16, 40_000 - 2 * K16 + 1, 2]],
    ["without an end", "x\n" + "a".repeat(20_000), [2, K16, 20_000 - K16]],
    ["exactly two", "a".repeat(2 * K16), [K16, K16]],
    ["longer than a chunk", "a".repeat(300_000) + "\n", [
      ...Array<number>(18).fill(K16),
      300_000 - 18 * K16 + 1,
    ]],
  ];
  for (const [name, output, sizes] of cases) {
    // However it arrives.
    for (const size of [output.length, 1000, 16_383, 16_384, 16_385, 131_072]) {
      await withFolder((folder) => {
        const path = `${folder}/log`;
        const writer = JsonLogWriter.open(path);
        const bytes = encoder.encode(output);
        for (let at = 0; at < bytes.length; at += size) {
          writer.write("stdout", bytes.subarray(at, at + size));
        }
        writer.close();
        assert.deepEqual(logs(path).map(({ length }) => length), sizes, `${name} by ${size}`);
        assert.equal(logs(path).join(""), output);
      });
    }
  }
});

Deno.test("JsonLogWriter gives all records of a line the time of the first", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path);
    writer.write("stdout", encoder.encode("a".repeat(17_000)), TIME);
    writer.write("stdout", encoder.encode("a".repeat(17_000)), TIME + 1000);
    writer.write("stdout", encoder.encode("end\nnext\n"), TIME + 2000);
    writer.write("stdout", encoder.encode("begun "), TIME + 3000);
    writer.write("stdout", encoder.encode("ended\n"), TIME + 4000);
    writer.close();
    const times = lines(path).map(({ time }) => time.slice(17, 19));
    assert.deepEqual(times, ["05", "05", "05", "07", "09"]);
  });
});

Deno.test("JsonLogWriter cuts no character of a long line", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path);
    const text = "€".repeat(20_000) + "\n";
    writer.write("stdout", encoder.encode(text));
    writer.close();
    assert.equal(logs(path).join(""), text);
    assert.equal(encoder.encode(logs(path)[0]).length, 16_383);
  });
});

Deno.test("JsonLogWriter keeps an incomplete line, for each stream, until the rest comes", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path);
    const buffer = encoder.encode("one\nout ");
    writer.write("stdout", buffer);
    buffer.fill(0x78);
    writer.write("stderr", encoder.encode("err "));
    assert.deepEqual(logs(path), ["one\n"]);
    writer.write("stdout", encoder.encode("put\n"));
    writer.write("stderr", Uint8Array.of(0xe2, 0x82));
    writer.write("stderr", Uint8Array.of(0xac, 0x0a));
    assert.deepEqual(logs(path), ["one\n", "out put\n", "err €\n"]);
    writer.write("stdout", encoder.encode("rest"));
    writer.flush();
    writer.flush();
    writer.write("stdout", encoder.encode(" more"));
    writer.close();
    assert.deepEqual(logs(path).slice(3), ["rest", " more"]);
  });
});

Deno.test("JsonLogWriter escapes the worst bytes in bulk", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path);
    writer.write("stdout", new Uint8Array(1 << 20));
    writer.write("stdout", new Uint8Array(200_000).fill(0x0a));
    writer.close();
    const all = logs(path);
    assert.equal(all.length, 64 + 200_000);
    assert.equal(all.join(""), "\0".repeat(1 << 20) + "\n".repeat(200_000));
  });
});

Deno.test("JsonLogWriter appends to what is there, without a record that was cut off", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const whole = '{"log":"a\\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}\n';
    for (
      const [before, kept] of [
        ["", []],
        [whole, ["a\n"]],
        [whole + '{"log":"b', ["a\n"]],
        ['{"log":"b', []],
        [whole + `{"log":"${"b".repeat(90_000)}`, ["a\n"]],
      ] as [string, string[]][]
    ) {
      Deno.writeTextFileSync(path, before);
      const writer = JsonLogWriter.open(path);
      writer.write("stdout", encoder.encode("c\n"));
      writer.close();
      assert.deepEqual(logs(path), [...kept, "c\n"]);
    }
  });
});

Deno.test("JsonLogWriter rotates where Docker does", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path, { maxSize: 1000, maxFiles: 3 });
    const output = Array.from({ length: 40 }, (_, n) => `line number ${n + 1}\n`);
    // All at once, and one by one.
    writer.write("stdout", encoder.encode(output.slice(0, 30).join("")), TIME + 0.001);
    for (const line of output.slice(30)) writer.write("stdout", encoder.encode(line), TIME + 0.001);
    writer.close();
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(files, ["log", "log.1", "log.2"]);
    const read = ["log.2", "log.1", "log"].map((name) => logs(`${folder}/${name}`));
    assert.deepEqual(read.flat(), output.slice(-read.flat().length));
    for (const name of ["log.2", "log.1"]) {
      const { size } = Deno.statSync(`${folder}/${name}`);
      // The record that reaches the limit is the last.
      assert.ok(size >= 1000 && size < 1000 + 90, `${size}`);
    }
  });
});

Deno.test("JsonLogWriter keeps one file where no more are wanted", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path, { maxSize: 200 });
    for (let n = 0; n < 10; n++) writer.write("stdout", encoder.encode(`${n}\n`));
    writer.close();
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["log"]);
    assert.equal(logs(path).at(-1), "9\n");
    // A limit that was reached before is seen when the log is opened again.
    const before = Deno.statSync(path).ino;
    const again = JsonLogWriter.open(path, { maxSize: 1 });
    again.write("stdout", encoder.encode("new\n"));
    again.close();
    assert.deepEqual(logs(path), ["new\n"]);
    assert.notEqual(Deno.statSync(path).ino, before);
  });
});

Deno.test("JsonLogWriter goes on after a rotation that was killed half-way", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const record = (text: string) => `{"log":"${text}\\n","stream":"stdout","time":"T"}\n`;
    // .2 became .3, .1 is still there.
    Deno.writeTextFileSync(`${path}.3`, record("1"));
    Deno.writeTextFileSync(`${path}.1`, record("2"));
    Deno.writeTextFileSync(path, record("3"));
    const writer = JsonLogWriter.open(path, { maxSize: 1, maxFiles: 4 });
    writer.write("stdout", encoder.encode("4\n"));
    writer.close();
    const read = ["log.2", "log.1", "log"].map((name) => logs(`${folder}/${name}`));
    assert.deepEqual(read, [["2\n"], ["3\n"], ["4\n"]]);
  });
});

Deno.test("JsonLogWriter adds attributes where Docker has them", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const attributes = { tag: "x & <y>", FOO: "bar" };
    const writer = JsonLogWriter.open(path, { attributes });
    writer.write("stdout", encoder.encode("a\n"), TIME);
    writer.close();
    assert.equal(
      Deno.readTextFileSync(path),
      '{"log":"a\\n","stream":"stdout","attrs":{"FOO":"bar","tag":"x \\u0026 \\u003cy\\u003e"},' +
        '"time":"2026-01-02T03:04:05Z"}\n',
    );
  });
});

Deno.test("JsonLogWriter goes on with the incomplete lines of one that was killed", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const partialLines = `${folder}/partial`;
    const open = () => JsonLogWriter.open(path, { partialLines });
    const killed = open();
    killed.write("stdout", encoder.encode("whole\nbegun "), TIME);
    killed.write("stderr", encoder.encode("x".repeat(16_384) + "rest"), TIME);
    // Nobody closes it.
    const next = open();
    next.write("stdout", encoder.encode("ended\n"), TIME + 1000);
    next.write("stderr", encoder.encode(" ended\n"), TIME + 1000);
    const expected = ["whole\n", "x".repeat(16_384), "begun ended\n", "rest ended\n"];
    assert.deepEqual(logs(path), expected);
    assert.equal(lines(path).at(-1)!.time, "2026-01-02T03:04:05Z", "the time of the line's begin");
    next.close();
    // What was written is not written again.
    open().close();
    assert.deepEqual(logs(path), expected);
  });
});

Deno.test("JsonLogWriter takes no incomplete lines from a file that is out of date", async () => {
  await withFolder((folder) => {
    const path = `${folder}/log`;
    const partialLines = `${folder}/partial`;
    const killed = JsonLogWriter.open(path, { partialLines });
    killed.write("stdout", encoder.encode("begun"));
    const saved = Deno.readFileSync(partialLines);
    killed.write("stdout", encoder.encode(" ended\nnext"));
    const files: [string, Uint8Array][] = [
      ["of another size of the log", saved],
      ["empty", new Uint8Array()],
      ["not its own", encoder.encode("text\n")],
      ["cut off", Deno.readFileSync(partialLines).subarray(0, -1)],
    ];
    for (const [name, content] of files) {
      Deno.writeFileSync(partialLines, content);
      JsonLogWriter.open(path, { partialLines }).close();
      assert.deepEqual(logs(path), ["begun ended\n"], name);
    }
  });
});

Deno.test("JsonLogWriter.open() and write() say what the system refuses", async () => {
  await withFolder((folder) => {
    assert.throws(() => JsonLogWriter.open(`${folder}/none/log`), {
      name: "EngineError",
      kind: "system",
      message: `Cannot open log "${folder}/none/log"`,
    });
  });
  // A device that is always full, and has no size to be cut to.
  const writer = JsonLogWriter.open("/dev/full");
  assert.throws(() => writer.write("stdout", encoder.encode("a\n")), {
    name: "EngineError",
    kind: "system",
    message: 'Cannot write log "/dev/full"',
  });
  writer.write("stdout", encoder.encode("kept"));
  assert.throws(() => writer.close(), /Cannot write log/);
});
