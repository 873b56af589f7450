import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Ffi from "./mod.ts";

const MODULE = new URL("./mod.ts", import.meta.url).href;
const ignore = Deno.uid() !== 0;
// Nothing that is mounted below may reach this machine, whatever the test does.
const command = ["unshare", "--mount", "--propagation", "private"];

Deno.test({
  name: "mount(), cloneMount(), setMountAttributes() and attachMount() make a read-only view",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const result = await runAlone((ffi: typeof Ffi, folder: string) => {
      const { MountAttribute, MountFlag, OpenFlag } = ffi;
      const attempt = (call: () => void) => {
        try {
          call();
          return "done";
        } catch (error) {
          return (error as Error).message;
        }
      };
      ffi.mount("tmpfs", folder, "tmpfs", MountFlag.NODEV, "size=1m,mode=711");
      const mode = Deno.statSync(folder).mode! & 0o7777;
      Deno.mkdirSync(`${folder}/source`);
      Deno.mkdirSync(`${folder}/target`);
      const source = ffi.cloneMount(`${folder}/source`, false);
      ffi.setMountAttributes(source, MountAttribute.RDONLY, false, MountFlag.PRIVATE);
      const target = ffi.open(`${folder}/target`, OpenFlag.PATH | OpenFlag.DIRECTORY);
      ffi.attachMount(source, target, "target");
      Deno.writeTextFileSync(`${folder}/source/file`, "text");
      const create = ffi.OpenFlag.CREAT | ffi.OpenFlag.WRONLY;
      const result = {
        mode,
        seen: Deno.readTextFileSync(`${folder}/target/file`),
        write: attempt(() => ffi.open(`${folder}/target/other`, create)),
        busy: attempt(() => ffi.umount(folder)),
      };
      [source, target].forEach(ffi.close);
      ffi.umount(`${folder}/target`, ffi.UmountFlag.DETACH);
      ffi.umount(folder);
      return { ...result, left: [...Deno.readDirSync(folder)].length };
    }, { module: MODULE, args: [folder], command });
    assert.deepEqual(result, {
      mode: 0o711,
      seen: "text",
      write: `open ${folder}/target/other: read-only file system`,
      busy: `umount ${folder}: device or resource busy`,
      left: 0,
    });
    await Deno.remove(folder);
  },
});

Deno.test({
  name: "pivotRoot() makes a mount the root",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const names = await runAlone((ffi: typeof Ffi, folder: string) => {
      ffi.mount("tmpfs", folder, "tmpfs", 0);
      Deno.writeTextFileSync(`${folder}/here`, "");
      ffi.chdir(folder);
      ffi.pivotRoot(".", ".");
      ffi.umount(".", ffi.UmountFlag.DETACH);
      ffi.chdir("/");
      return [...Deno.readDirSync("/")].map(({ name }) => name);
    }, { module: MODULE, args: [folder], command });
    assert.deepEqual(names, ["here"]);
    await Deno.remove(folder);
  },
});

Deno.test({
  name: "mount(), umount(), cloneMount(), chdir() and fchdir() say why they failed",
  ignore,
  fn: async () => {
    const messages = await runAlone((ffi: typeof Ffi) => {
      const calls = [
        () => ffi.mount("tmpfs", "/does/not/exist", "tmpfs", 0),
        () => ffi.mount("x", "/", "nosuchfs", 0),
        () => ffi.umount("/does/not/exist"),
        () => ffi.umount("/etc"),
        () => ffi.cloneMount("/does/not/exist", true),
        () => ffi.chdir("/etc/passwd"),
        () => ffi.fchdir(1_000_000),
      ];
      return calls.map((call) => {
        try {
          call();
        } catch (error) {
          return (error as Error).message;
        }
      });
    }, { module: MODULE, command });
    assert.deepEqual(messages, [
      "mount tmpfs on /does/not/exist: no such file or directory",
      "mount nosuchfs on /: no such device",
      "umount /does/not/exist: no such file or directory",
      "umount /etc: invalid argument",
      "open_tree /does/not/exist: no such file or directory",
      "chdir /etc/passwd: not a directory",
      "fchdir descriptor 1000000: bad file descriptor",
    ]);
  },
});
