// deno-lint-ignore-file no-sync-fn-in-async-fn -- only the main thread is in the namespace
import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Module from "./container_path.ts";

const MODULE = new URL("./container_path.ts", import.meta.url).href;
const FFI = new URL("../../../ffi/mod.ts", import.meta.url).href;
const ignore = Deno.uid() !== 0;
// A root of its own, as init has it: a tmpfs that is made the root of a mount namespace.
const command = ["unshare", "--mount", "--propagation", "private"];

Deno.test({
  name:
    "openOrCreateDirectory() and openOrCreateFile() create what is missing, links' targets as well",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const result = await runAlone(async (module: typeof Module, folder: string, ffiUrl: string) => {
      const ffi: typeof import("../../../ffi/mod.ts") = await import(ffiUrl);
      // Looked up while the host's libc can be found.
      ffi.openLibc();
      ffi.mount("tmpfs", folder, "tmpfs", 0, "mode=755");
      ffi.chdir(folder);
      ffi.pivotRoot(".", ".");
      ffi.umount(".", ffi.UmountFlag.DETACH);
      ffi.chdir("/");
      ffi.umask(0);
      Deno.mkdirSync("/etc");
      Deno.symlinkSync("/made/by/link", "/absolute");
      Deno.symlinkSync("../beside/../here", "/etc/relative");
      Deno.symlinkSync("/etc/loop", "/etc/loop");
      Deno.symlinkSync("../../../../up", "/etc/up");
      Deno.writeTextFileSync("/file", "");
      const attempt = (open: () => number) => {
        try {
          ffi.close(open());
          return "done";
        } catch (error) {
          return (error as Error).message;
        }
      };
      const directory = (path: string, noSymlinks = false) =>
        attempt(() => module.openOrCreateDirectory(path, { noSymlinks }));
      const file = (path: string) => attempt(() => module.openOrCreateFile(path));
      const answers = {
        root: directory("/"),
        deep: directory("/a/b/c/"),
        existing: directory("/etc"),
        absolute: directory("/absolute/sub"),
        up: directory("/etc/up"),
        throughFile: directory("/file/sub"),
        file: file("/var/lib/new"),
        relative: (Deno.mkdirSync("/beside"), file("/etc/relative")),
        loop: file("/etc/loop"),
        noLinks: directory("/absolute/other", true),
        noLinkAtAll: directory("/x/y", true),
      };
      const kinds: Record<string, string> = {};
      for (const path of ["/a/b/c", "/made/by/link/sub", "/up", "/var/lib/new", "/here"]) {
        const { isDirectory, mode } = Deno.lstatSync(path);
        kinds[path] = `${isDirectory ? "d" : "-"}${(mode! & 0o7777).toString(8)}`;
      }
      return { answers, kinds };
    }, { module: MODULE, args: [folder, FFI], command });
    assert.deepEqual(result, {
      answers: {
        root: "done",
        deep: "done",
        existing: "done",
        absolute: "done",
        up: "done",
        throughFile: "openat2 /file/sub: not a directory",
        file: "done",
        relative: "done",
        loop: "openat2 /etc/loop: too many levels of symbolic links",
        noLinks: "openat2 /absolute/other: too many levels of symbolic links",
        noLinkAtAll: "done",
      },
      kinds: {
        "/a/b/c": "d755",
        "/made/by/link/sub": "d755",
        "/up": "d755",
        "/var/lib/new": "-644",
        "/here": "-644",
      },
    });
    await Deno.remove(folder);
  },
});

Deno.test("openInContainer() refuses magic links, which lead out of any root", async () => {
  const messages = await runAlone(({ openInContainer }: typeof Module) => {
    const attempt = (path: string) => {
      try {
        openInContainer(path);
        return "opened";
      } catch (error) {
        return (error as Error).message;
      }
    };
    return ["/proc/self/fd/0", "/proc/self/root/etc", "/proc/self/cwd", "/proc/self/exe", "/etc"]
      .map(attempt);
  }, { module: MODULE });
  const refused = (path: string) => `openat2 ${path}: too many levels of symbolic links`;
  assert.deepEqual(messages, [
    refused("/proc/self/fd/0"),
    refused("/proc/self/root/etc"),
    refused("/proc/self/cwd"),
    refused("/proc/self/exe"),
    "opened",
  ]);
});
