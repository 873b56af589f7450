import assert from "node:assert/strict";
import { Errno, SyscallError } from "../../../ffi/mod.ts";
import { executeError, findCommand } from "./command_path.ts";

/** Folders with programs: `one` and `two` both have `both`. */
class Programs implements Disposable {
  readonly folder: string = Deno.makeTempDirSync();

  constructor() {
    for (const name of ["one", "two", "one/folder"]) Deno.mkdirSync(`${this.folder}/${name}`);
    this.#file("one/both", 0o755);
    this.#file("two/both", 0o755);
    this.#file("two/second", 0o100);
    this.#file("one/plain", 0o644);
    this.#file("two/plain", 0o755);
    this.#file("one/data", 0o644);
    Deno.symlinkSync("both", `${this.folder}/one/link`);
    Deno.symlinkSync("missing", `${this.folder}/one/dangling`);
  }

  get path(): string {
    return `/does/not/exist:${this.folder}/one:${this.folder}/two`;
  }

  #file(name: string, mode: number): void {
    Deno.writeTextFileSync(`${this.folder}/${name}`, "");
    Deno.chmodSync(`${this.folder}/${name}`, mode);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("findCommand() takes the first executable file of the path", () => {
  using programs = new Programs();
  const cases: [command: string, found: string][] = [
    ["both", "one/both"],
    ["second", "two/second"],
    ["plain", "two/plain"],
    ["link", "one/link"],
  ];
  for (const [command, found] of cases) {
    assert.equal(findCommand(command, programs.path), `${programs.folder}/${found}`);
  }
});

Deno.test("findCommand() takes an empty entry of the path for the working directory", () => {
  using programs = new Programs();
  Deno.symlinkSync(`${programs.folder}/one/both`, "tsd-test-program");
  try {
    for (const path of ["", ":", `:${programs.path}`, `${programs.path}:`]) {
      assert.equal(findCommand("tsd-test-program", path), "./tsd-test-program");
    }
  } finally {
    Deno.removeSync("tsd-test-program");
  }
});

Deno.test("findCommand() says what is not found in the path", () => {
  using programs = new Programs();
  for (const command of ["missing", "data", "folder", "dangling", "", "both "]) {
    assert.throws(() => findCommand(command, programs.path), {
      name: "EngineError",
      kind: "commandNotFound",
      message: `exec: "${command}": executable file not found in $PATH`,
    });
  }
});

Deno.test("findCommand() takes a command with a slash as a path, and says why it cannot run", () => {
  using programs = new Programs();
  const { folder } = programs;
  assert.equal(findCommand(`${folder}/one/both`, ""), `${folder}/one/both`);
  const cases: [name: string, kind: string, reason: string][] = [
    ["one/gone", "commandNotFound", `stat ${folder}/one/gone: no such file or directory`],
    ["one/dangling", "commandNotFound", `stat ${folder}/one/dangling: no such file or directory`],
    ["one/data", "commandNotExecutable", "permission denied"],
    ["one/folder", "commandNotExecutable", "is a directory"],
  ];
  for (const [name, kind, reason] of cases) {
    assert.throws(() => findCommand(`${folder}/${name}`, programs.path), {
      kind,
      message: `exec: "${folder}/${name}": ${reason}`,
    });
  }
});

Deno.test("executeError() tells a missing interpreter from what cannot be executed", () => {
  const cases: [error: unknown, kind: string, reason: string][] = [
    [
      new SyscallError("execve", "/x", Errno.ENOENT),
      "commandNotFound",
      "no such file or directory",
    ],
    [new SyscallError("execve", "/x", Errno.ENOEXEC), "commandNotExecutable", "exec format error"],
    [new SyscallError("execve", "/x", Errno.EACCES), "commandNotExecutable", "permission denied"],
    [
      new SyscallError("execve", "/x", Errno.E2BIG),
      "commandNotExecutable",
      "argument list too long",
    ],
    [new TypeError("a NUL"), "commandNotExecutable", "TypeError: a NUL"],
  ];
  for (const [cause, kind, reason] of cases) {
    const error = executeError("/x", cause);
    assert.deepEqual([error.kind, error.message], [kind, `exec /x: ${reason}`]);
    assert.equal(error.cause, cause);
  }
});
