import assert from "node:assert/strict";
import { Errno } from "../../../ffi/error.ts";
import type * as Descriptors from "../../../ffi/fd.ts";
import { close, open, OpenFlag, writeAll } from "../../../ffi/fd.ts";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import { toCString } from "./byte_string.ts";
import type * as Module from "./unseen_file.ts";
import { UnseenFile } from "./unseen_file.ts";

/** Runs a function with a folder, and gives what is in that then. */
function inFolder(act: (directory: number, path: string) => void): Record<string, string> {
  const path = Deno.makeTempDirSync();
  const directory = open(path, OpenFlag.PATH | OpenFlag.DIRECTORY);
  try {
    act(directory, path);
    return contents(path);
  } finally {
    close(directory);
    Deno.removeSync(path, { recursive: true });
  }
}

function contents(path: string): Record<string, string> {
  const names = [...Deno.readDirSync(path)].map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${path}/${name}`)]));
}

const text = (value: string) => new TextEncoder().encode(value);

Deno.test("an UnseenFile is not there until it is shown", () => {
  const shown = inFolder((directory, path) => {
    using file = new UnseenFile(directory);
    writeAll(file.fd, text("whole"));
    assert.deepEqual(contents(path), {});
    file.show(toCString("new"));
  });
  assert.deepEqual(shown, { new: "whole" });
});

Deno.test("an UnseenFile takes the place of another one at once", () => {
  const shown = inFolder((directory, path) => {
    Deno.writeTextFileSync(`${path}/old`, "old");
    using file = new UnseenFile(directory);
    writeAll(file.fd, text("new"));
    assert.deepEqual(contents(path), { old: "old" });
    file.show(toCString("old"));
  });
  assert.deepEqual(shown, { old: "new" });
});

Deno.test("an UnseenFile that is not shown leaves nothing, nor one that cannot be", () => {
  const left = inFolder((directory, path) => {
    {
      using file = new UnseenFile(directory);
      writeAll(file.fd, text("half"));
    }
    Deno.mkdirSync(`${path}/folder`);
    using file = new UnseenFile(directory);
    assert.throws(() => file.show(toCString("folder")), { errno: Errno.EISDIR });
    Deno.removeSync(`${path}/folder`);
  });
  assert.deepEqual(left, {});
});

Deno.test({
  name: "an UnseenFile is shown by whoever may not search all folders",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const path = await Deno.makeTempDir();
    await runAlone(async (module: typeof Module, path: string, ffi: string) => {
      const { open, OpenFlag, writeAll } = await import(ffi) as typeof Descriptors;
      using file = new module.UnseenFile(open(path, OpenFlag.PATH | OpenFlag.DIRECTORY));
      writeAll(file.fd, new TextEncoder().encode("whole"));
      file.show(new TextEncoder().encode("new\0"));
    }, {
      module: import.meta.resolve("./unseen_file.ts"),
      args: [path, import.meta.resolve("../../../ffi/fd.ts")] as const,
      command: ["setpriv", "--bounding-set=-dac_read_search"],
    });
    assert.deepEqual(contents(path), { new: "whole" });
    await Deno.remove(path, { recursive: true });
  },
});
