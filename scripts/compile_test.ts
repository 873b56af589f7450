import assert from "node:assert/strict";

const COMPILE = new URL("compile.ts", import.meta.url).pathname;
const DENORT = new URL("../../shared/tools/denort", import.meta.url).pathname;
const decoder = new TextDecoder();

/** A program with what matters of ours: lazy chunks, an npm package, starting itself again. */
const PROGRAM: Record<string, string> = {
  "main.ts": `const [mode, ...rest] = Deno.args;
if (mode === "init") (await import("./init.ts")).init();
else if (mode === "again") {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["init"] }).output();
  await Deno.stdout.write(stdout);
} else if (mode === "exit") Deno.exit(Number(rest[0]));
else (await import("./cli.ts")).cli(Deno.args);
`,
  "init.ts":
    `export function init(): void { Deno.stdout.writeSync(new TextEncoder().encode("init\\n")); }`,
  "cli.ts": `import { EventEmitter } from "npm:events@3.3.0";
export function cli(args: string[]): void {
  const emitter = new EventEmitter();
  emitter.on("line", (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n")));
  for (const line of args) emitter.emit("line", line);
}`,
};

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program with no environment but the one given. */
async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A folder with the program and what it compiled to. */
interface Compiled {
  directory: string;
  executable: string;
  [Symbol.asyncDispose](): Promise<void>;
}

async function compile(
  args: readonly string[],
  line: RegExp,
  env: Record<string, string> = {},
): Promise<Compiled> {
  const directory = await Deno.makeTempDir({ prefix: "tsd-compile-test-" });
  for (const [name, text] of Object.entries(PROGRAM)) {
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
  const executable = `${directory}/program`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", COMPILE, "--entry", `${directory}/main.ts`, "-o", executable, ...args],
    env,
    stdin: "null",
  }).output();
  assert.equal(code, 0, decoder.decode(stderr));
  assert.match(decoder.decode(stdout), line);
  return {
    directory,
    executable,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** The names of what a folder holds, hashes left out. */
async function names(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name.replace(/-.*/, "")))
    .sort();
}

/** Overwrites bytes in the middle of a file. */
async function damage(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.seek(Math.floor((await file.stat()).size / 2), Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode("not what was there"));
}

Deno.test("compile --portable writes a file that unpacks itself once", async (t) => {
  await using compiled = await compile(
    ["--portable"],
    /^compile: wrote the portable form .*program \(\d+ MB\)\n$/,
  );
  const { directory, executable } = compiled;
  const cache = `${directory}/cache`;
  const env = { TSD_CACHE: cache };

  await t.step("two first starts at once do the work once", async () => {
    const results = await Promise.all([
      run(executable, ["one", "two  words", ""], env),
      run(executable, ["one", "two  words", ""], env),
    ]);
    const expected = { code: 0, stdout: "one\ntwo  words\n\n", stderr: "" };
    assert.deepEqual(results, [expected, expected]);
    assert.deepEqual(await names(cache), ["deno", "program"]);
  });

  await t.step("a later start needs no program but the shell", async () => {
    const result = await run(executable, ["init"], { ...env, PATH: "/nonexistent" });
    assert.deepEqual(result, { code: 0, stdout: "init\n", stderr: "" });
  });

  await t.step("a limit that keeps the runtime from starting is named in one line", async () => {
    if (Deno.uid() !== 0) return; // only root can be without the right to raise limits
    const limited = async (limit: string) => {
      const without = "setpriv --bounding-set -sys_resource --inh-caps -sys_resource";
      const script = `ulimit ${limit} && exec ${without} ${executable} init`;
      const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
      return await run("/bin/bash", ["-c", script], { ...env, PATH });
    };
    const refused: [limit: string, text: string][] = [
      ["-n 64", "open files (ulimit -n) is 64, and has to be 256 at least"],
      ["-n 20", "open files (ulimit -n) is 20, and has to be 256 at least"],
      ["-s 256", "the stack's KiB (ulimit -s) is 256, and has to be 1024 at least"],
      ["-v 4000000", "addresses (ulimit -v) is 4000000, and has to be unlimited"],
      ["-f 8", "the size of files (ulimit -f) is 16, and has to be unlimited"],
    ];
    for (const [limit, text] of refused) {
      assert.deepEqual(await limited(limit), {
        code: 125,
        stdout: "",
        stderr: `tsd: Cannot start: the limit of ${text}; raise it where it is set\n`,
      });
    }
    for (const soft of ["-S -n 20", "-S -s 256", "-S -v 4000000", "-S -f 8"]) {
      assert.deepEqual(await limited(soft), { code: 0, stdout: "init\n", stderr: "" }, soft);
    }
  });

  await t.step("the exit status is the program's", async () => {
    assert.equal((await run(executable, ["exit", "42"], env)).code, 42);
  });

  await t.step("a damaged folder is replaced, and what lies unfinished removed", async () => {
    for await (const { name } of Deno.readDir(cache)) {
      if (name.startsWith("program-")) await Deno.writeTextFile(`${cache}/${name}/main.js`, "");
    }
    await Deno.mkdir(`${cache}/.new.killed`);
    const result = await run(executable, ["init"], env);
    assert.deepEqual(result, { code: 0, stdout: "init\n", stderr: "" });
    assert.deepEqual(await names(cache), ["deno", "program"]);
  });

  await t.step("a folder others may write to is refused", async () => {
    const open = `${directory}/open`;
    await Deno.mkdir(open);
    await Deno.chmod(open, 0o777);
    assert.deepEqual(await run(executable, ["init"], { TSD_CACHE: open }), {
      code: 125,
      stdout: "",
      stderr:
        `tsd: Cannot unpack into "${open}": others may write to it; run: chmod go-w ${open}\n`,
    });
    assert.deepEqual(await names(open), []);
  });

  await t.step("a folder of another user is refused, unpacked or not", async () => {
    if (Deno.uid() !== 0) return; // only root can give a folder away
    const { stdout } = await run("/bin/sh", ["-c", `cp -a ${cache} ${directory}/other`]);
    assert.equal(stdout, "");
    await Deno.chown(`${directory}/other`, 65534, 65534);
    const other = `${directory}/other`;
    assert.deepEqual(await run(executable, ["init"], { TSD_CACHE: other }), {
      code: 125,
      stdout: "",
      stderr:
        `tsd: Cannot unpack into "${other}": it is not yours; set TSD_CACHE to a folder of yours\n`,
    });
  });

  await t.step("a folder that cannot be made is named in one line", async () => {
    const below = `${executable}/cache`;
    assert.deepEqual(await run(executable, ["init"], { TSD_CACHE: below }), {
      code: 125,
      stdout: "",
      stderr: `tsd: Cannot unpack into "${below}": it cannot be made; ` +
        `set TSD_CACHE to a folder of yours\n`,
    });
  });

  await t.step("a damaged file is refused", async () => {
    await damage(executable);
    const fresh = `${directory}/fresh`;
    assert.deepEqual(await run(executable, ["init"], { TSD_CACHE: fresh }), {
      code: 125,
      stdout: "",
      stderr: `tsd: Cannot unpack into "${fresh}": "${executable}" is damaged; copy it again\n`,
    });
    assert.deepEqual(await names(fresh), []);
  });
});

Deno.test({
  name: "compile --compile-with writes a file that loads its chunks and starts itself",
  // A base runtime that needs no download is given only where the project is developed.
  ignore: !hasFile(DENORT) ||
    new Deno.Command("npx", { args: ["--version"] }).outputSync().code !== 0,
  fn: async () => {
    const denort = await new Deno.Command(DENORT, { stderr: "null" }).output();
    await using compiled = await compile(
      ["--compile-with", "npx -y deno@2.4.2"],
      /^compile: wrote .*program \(\d+ MB\)\n$/,
      { DENORT_BIN: decoder.decode(denort.stdout).trim() },
    );
    const { executable } = compiled;
    assert.deepEqual(await run(executable, ["one"]), { code: 0, stdout: "one\n", stderr: "" });
    assert.deepEqual(await run(executable, ["again"]), { code: 0, stdout: "init\n", stderr: "" });
  },
});

Deno.test("compile says where the program does not build", async () => {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, 'import { a } from "./absent.ts"; a();');
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", COMPILE, "--portable", "--entry", entry, "-o", `${entry}.out`],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    assert.equal(code, 1);
    assert.match(decoder.decode(stderr), /^compile: .*absent\.ts/);
  } finally {
    await Deno.remove(entry);
  }
});

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
