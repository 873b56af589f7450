import assert from "node:assert/strict";
import { readLog, readLogBatches, type ReadLogOptions } from "./json_log_reader.ts";
import { JsonLogWriter } from "./json_log_writer.ts";
import type { LogRecord } from "./record.ts";

const TIME = Date.parse("2026-01-02T03:04:05Z");
const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function record(log: string, time = "2026-01-02T03:04:05Z", stream = "stdout"): string {
  return `${JSON.stringify({ log, stream, time })}\n`;
}

async function read(path: string, options: ReadLogOptions = {}): Promise<string> {
  let text = "";
  for await (const one of readLog(path, options)) text += decoder.decode(one.bytes);
  return text;
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms`)), milliseconds);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Collects what a follower delivers. */
class Collector {
  readonly done: Promise<void>;
  text = "";
  #more = Promise.withResolvers<void>();

  constructor(records: AsyncIterable<LogRecord>) {
    this.done = this.#collect(records);
    this.done.catch(() => {});
  }

  async waitFor(text: string): Promise<void> {
    await within(this.#until(text), 10_000).catch((cause) => {
      throw new Error(`Cannot see ${JSON.stringify(text)} in ${this.text.slice(-300)}`, { cause });
    });
  }

  async #until(text: string): Promise<void> {
    while (!this.text.includes(text)) await this.#more.promise;
  }

  async #collect(records: AsyncIterable<LogRecord>): Promise<void> {
    for await (const { bytes } of records) {
      this.text += decoder.decode(bytes);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
  }
}

Deno.test("readLog() reads back what JsonLogWriter wrote", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const writer = JsonLogWriter.open(path);
    const text = 'plain\n\t<>&"\\ \u0001\né😀\u2028\n\n' + "x".repeat(50_000) + "\nno newline";
    writer.write("stdout", encoder.encode(text), TIME + 0.5);
    writer.write("stderr", encoder.encode("err\n"), TIME);
    writer.close();
    assert.equal(await read(path), text.replace("no newline", "err\nno newline"));
    const all = await Array.fromAsync(readLog(path));
    assert.deepEqual(
      all.map(({ stream }) => stream),
      [...Array<string>(8).fill("stdout"), "stderr", "stdout"],
    );
    assert.equal(all[0]!.time, "2026-01-02T03:04:05.0005Z");
    assert.equal(all[0]!.attributes, undefined);
  });
});

Deno.test("readLog() reads what Docker and others write, and skips what is no record", async () => {
  const time = "2026-11-20T19:39:32.299515210Z";
  const cases: [string, string][] = [
    [`{"log":"a\\u003cb\\ud83d\\ude00\\n","stream":"stdout","time":"${time}"}\n`, "a<b😀\n"],
    [
      `{"log":"a\\n","stream":"stdout","attrs":{"tag":"\\",\\"time\\":\\"x"},"time":"${time}"}\n`,
      "a\n",
    ],
    [`{"time":"${time}","stream":"stderr","log":"other order\\n"}\n`, "other order\n"],
    [
      `{"log":"\\",\\"stream\\":\\"stdout\\",\\"time\\":\\"\\"}\\n","stream":"stderr","time":"T"}\n`,
      '","stream":"stdout","time":""}\n',
    ],
    [`{"log":"a\\n","time":"${time}"}\n`, "a\n"],
    [`\0\0\0\0${record("after zeros\n")}`, "after zeros\n"],
    [`\n{}\nnull\n7\n[]\n{"log":1}\n"}\n"time":"T"}\n${record("good\n")}`, "good\n"],
    [`${record("whole\n")}{"log":"cut o`, "whole\n"],
    [`${record("whole\n")}${record("without an end\n").slice(0, -1)}`, "whole\n"],
    ["", ""],
  ];
  await withFolder(async (folder) => {
    for (const [content, expected] of cases) {
      await Deno.writeTextFile(`${folder}/log`, content);
      assert.equal(await read(`${folder}/log`), expected, content);
    }
    const line = `{"log":"a","stream":"stdout","attrs":{"k":"v","x":"<"},"time":"${time}"}\n`;
    await Deno.writeTextFile(`${folder}/log`, line);
    const [one] = await Array.fromAsync(readLog(`${folder}/log`));
    assert.deepEqual([one!.attributes, one!.time], [{ k: "v", x: "<" }, time]);
    assert.equal(await read(`${folder}/none`), "");
    assert.equal(await read(`${folder}/no/log`), "");
  });
});

Deno.test("readLog() reads records larger than its blocks", async () => {
  await withFolder(async (folder) => {
    const long = "y".repeat(3_000_000);
    await Deno.writeTextFile(`${folder}/log`, record("a\n") + record(long) + record("b\n"));
    assert.equal(await read(`${folder}/log`), `a\n${long}b\n`);
  });
});

Deno.test("readLog() takes a tail across rotated files", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => record(`${from + n}\n`)).join("");
    // A gap is what a rotation that was killed leaves. Some files are larger than a block.
    await Deno.writeTextFile(`${path}.12`, lines(0, 2000));
    await Deno.writeTextFile(`${path}.3`, "");
    await Deno.writeTextFile(`${path}.2`, lines(2000, 2003));
    await Deno.writeTextFile(`${path}.1`, lines(2003, 5000) + '{"log":"cut');
    await Deno.writeTextFile(path, lines(5000, 5002) + '{"log":"being writ');
    // Not of this log.
    await Deno.writeTextFile(`${path}.tmp`, record("no\n"));
    await Deno.writeTextFile(`${path}.01`, record("no\n"));
    const all = Array.from({ length: 5002 }, (_, n) => `${n}\n`);
    for (const tail of [undefined, 0, 1, 2, 3, 2000, 2998, 2999, 3000, 3002, 3003, 5002, 9999]) {
      const expected = tail === undefined ? all : tail === 0 ? [] : all.slice(-tail);
      assert.equal(await read(path, { tail }), expected.join(""), `${tail}`);
    }
  });
});

Deno.test("readLog() reads what is between two moments", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const times = ["05Z", "05.1Z", "05.12Z", "05.120000001Z", "06Z", "06.000000000Z", "07.5Z"];
    const content = times.map((time, n) => record(`${n}`, `2026-01-02T03:04:${time}`)).join("");
    await Deno.writeTextFile(path, content);
    const at = (milliseconds: number, nanoseconds = 0) =>
      BigInt(TIME + milliseconds) * 1_000_000n + BigInt(nanoseconds);
    const cases: [ReadLogOptions, string][] = [
      [{}, "0123456"],
      [{ since: at(0) }, "0123456"],
      [{ since: at(0, 1) }, "123456"],
      [{ since: at(120) }, "23456"],
      [{ since: at(120, 1) }, "3456"],
      [{ since: at(1000) }, "456"],
      [{ since: at(99_000) }, ""],
      [{ until: at(-1) }, ""],
      [{ until: at(0) }, "0"],
      [{ until: at(120) }, "012"],
      [{ until: at(1000) }, "01234"],
      [{ until: at(1000, 1) }, "012345"],
      [{ since: at(100), until: at(999) }, "123"],
      [{ since: at(1000), until: at(100) }, ""],
      // The tail comes first, as in Docker.
      [{ tail: 3, until: at(1001) }, "45"],
      [{ tail: 3, until: at(120) }, ""],
      [{ tail: 6, since: at(1500) }, "6"],
    ];
    for (const [options, expected] of cases) {
      assert.equal(await read(path, options), expected, `${options.since} ${options.until}`);
    }
  });
});

Deno.test("readLog() ends in the middle where nobody wants more", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/log`, record("a\n").repeat(10));
    await Deno.writeTextFile(`${folder}/log.1`, record("b\n").repeat(10));
    for await (const { bytes } of readLog(`${folder}/log`)) {
      assert.equal(decoder.decode(bytes), "b\n");
      break;
    }
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(read(`${folder}/log`, { signal }), /enough/);
  });
});

Deno.test("readLog() follows until the container has ended, and delivers everything", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const ended = Promise.withResolvers<void>();
    // The log is created only when there is output.
    const seen = new Collector(readLog(path, { follow: { ended: ended.promise } }));
    const writer = JsonLogWriter.open(path);
    writer.write("stdout", encoder.encode("first\nbegun "));
    await seen.waitFor("first\n");
    writer.write("stdout", encoder.encode("ended\n"));
    await seen.waitFor("begun ended\n");
    // A record that is written piece by piece.
    const bytes = encoder.encode(record("pieces\n"));
    using file = await Deno.open(path, { append: true });
    await file.write(bytes.subarray(0, 20));
    await file.write(bytes.subarray(20));
    await seen.waitFor("pieces\n");
    writer.write("stderr", encoder.encode("last"));
    writer.close();
    ended.resolve();
    await within(seen.done, 5000);
    assert.equal(seen.text, "first\nbegun ended\npieces\nlast");
  });
});

Deno.test("readLog() follows from the tail on", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const ended = Promise.withResolvers<void>();
    await Deno.writeTextFile(path, record("1\n") + record("2\n") + record("3\n"));
    const follow = { ended: ended.promise };
    const all = [1, 2].map((tail) => new Collector(readLog(path, { tail, follow })));
    for (const seen of all) await seen.waitFor("3\n");
    await Deno.writeTextFile(path, record("4\n"), { append: true });
    for (const seen of all) await seen.waitFor("4\n");
    ended.resolve();
    for (const { done } of all) await within(done, 5000);
    assert.deepEqual(all.map(({ text }) => text), ["3\n4\n", "2\n3\n4\n"]);
  });
});

Deno.test("readLog() follows across rotations", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const ended = Promise.withResolvers<void>();
    const writer = JsonLogWriter.open(path, { maxSize: 5000, maxFiles: 3 });
    const seen = new Collector(readLog(path, { follow: { ended: ended.promise } }));
    let expected = "";
    for (let round = 0; round < 100; round++) {
      for (let n = 0; n < 20; n++) {
        expected += `${round} ${n}\n`;
        writer.write("stdout", encoder.encode(`${round} ${n}\n`));
      }
      // Within what the rotated files hold, so that nothing may be missed.
      await seen.waitFor(`${round} 19\n`);
    }
    writer.close();
    ended.resolve();
    await within(seen.done, 5000);
    assert.equal(seen.text, expected);
  });
});

Deno.test("readLog() follows a log of which it missed a rotation, in order", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const ended = Promise.withResolvers<void>();
    const writer = JsonLogWriter.open(path, { maxSize: 300, maxFiles: 3 });
    const seen = new Collector(readLog(path, { follow: { ended: ended.promise } }));
    writer.write("stdout", encoder.encode("0\n"));
    await seen.waitFor("0\n");
    // In one go: what the reader has open is removed before it looks.
    const lines = Array.from({ length: 50 }, (_, n) => `${n + 1}\n`);
    writer.write("stdout", encoder.encode(lines.join("")));
    writer.close();
    ended.resolve();
    await within(seen.done, 5000);
    const numbers = seen.text.trim().split("\n").map(Number);
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
    assert.equal(new Set(numbers).size, numbers.length);
    assert.ok(numbers.length > 9 && numbers.at(-1) === 50, seen.text);
  });
});

Deno.test("readLog() follows a log that is emptied, and one whose broken end is removed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    const ended = Promise.withResolvers<void>();
    await Deno.writeTextFile(path, record("1\n") + '{"log":"cut');
    const seen = new Collector(readLog(path, { follow: { ended: ended.promise } }));
    await seen.waitFor("1\n");
    const writer = JsonLogWriter.open(path);
    writer.write("stdout", encoder.encode("2\n"));
    await seen.waitFor("2\n");
    await Deno.truncate(path);
    writer.write("stdout", encoder.encode("3\n"));
    await seen.waitFor("3\n");
    writer.close();
    ended.resolve();
    await within(seen.done, 5000);
    assert.equal(seen.text, "1\n2\n3\n");
  });
});

Deno.test("readLog() stops following for other reasons", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/log`;
    await Deno.writeTextFile(path, record("1\n"));
    const never = { ended: new Promise<void>(() => {}) };
    const cases: [string, () => Promise<void>, RegExp | undefined][] = [
      ["the moment it was to be followed until", async () => {
        const until = BigInt(Date.now() + 100) * 1_000_000n;
        assert.equal(await read(path, { until, follow: never }), "1\n");
      }, undefined],
      ["a later record than that", async () => {
        const until = BigInt(TIME - 1) * 1_000_000n;
        assert.equal(await read(path, { until, follow: never }), "");
      }, undefined],
      ["its signal", async () => {
        const abort = new AbortController();
        const reading = read(path, { signal: abort.signal, follow: never });
        setTimeout(() => abort.abort(new Error("enough")), 50);
        await reading;
      }, /enough/],
      ["a failed wait", async () => {
        await read(path, { follow: { ended: Promise.reject(new Error("no supervisor")) } });
      }, /no supervisor/],
      ["a container that was removed", async () => {
        await read(`${folder}/removed/log`, { follow: never });
      }, undefined],
      ["a reader that has enough", async () => {
        for await (const batch of readLogBatches(path, { follow: never })) {
          assert.equal(batch.length, 1);
          break;
        }
      }, undefined],
    ];
    for (const [name, body, error] of cases) {
      const ends = within(body(), 5000);
      if (error) await assert.rejects(ends, error, name);
      else await ends;
    }
  });
});
