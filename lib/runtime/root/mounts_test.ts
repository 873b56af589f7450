// deno-lint-ignore-file no-sync-fn-in-async-fn -- only the main thread is in the namespace
import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Mounts from "./mounts.ts";

const at = (path: string) => new URL(path, import.meta.url).href;
const MODULES = {
  ffi: at("../../../ffi/mod.ts"),
  hidden: at("./hidden_paths.ts"),
  devices: at("./devices.ts"),
};
const ignore = Deno.uid() !== 0;
const command = ["unshare", "--mount", "--propagation", "private"];

Deno.test({
  name:
    "prepareMounts() lets mounts be put in place, and refuses links in place of kernel file systems",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/host/sub`, { recursive: true });
    await Deno.writeTextFile(`${folder}/host/file`, "of the host");
    await Deno.mkdir(`${folder}/root`);
    const result = await runAlone(
      async (mounts: typeof Mounts, folder: string, urls: typeof MODULES) => {
        const ffi: typeof import("../../../ffi/mod.ts") = await import(urls.ffi);
        const attempt = (call: () => unknown) => {
          try {
            call();
            return "done";
          } catch (error) {
            const { cause, message } = error as Error;
            return cause ? `${message}: ${(cause as Error).message}` : message;
          }
        };
        ffi.openLibc();
        const bind = (name: string, destination: string, ...options: string[]) => ({
          destination,
          type: "bind",
          source: `${folder}/host/${name}`,
          options: ["rbind", ...options],
        });
        const missing = attempt(() => mounts.prepareMounts([bind("missing", "/x")]));
        const prepared = [
          { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755", "noexec"] },
          bind("", "/data/deep"),
          bind("file", "/etc/file", "ro"),
          { destination: "/proc", type: "proc", source: "proc" },
          { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
          { destination: "/keeps", type: "tmpfs", source: "tmpfs" },
        ].map((mount) => mounts.prepareMounts([mount]));
        ffi.mount("tmpfs", `${folder}/root`, "tmpfs", 0, "mode=755");
        ffi.chdir(`${folder}/root`);
        ffi.pivotRoot(".", ".");
        ffi.umount(".", ffi.UmountFlag.DETACH);
        ffi.chdir("/");
        Deno.mkdirSync("/elsewhere");
        Deno.symlinkSync("/elsewhere", "/sys");
        Deno.mkdirSync("/keeps", { mode: 0o750 });
        const answers = prepared.map((mount) => attempt(() => mount.perform()));
        const write = (path: string) => attempt(() => Deno.writeTextFileSync(path, "x"));
        return {
          missing,
          answers,
          data: [...Deno.readDirSync("/data/deep")].map(({ name }) => name).toSorted(),
          file: Deno.readTextFileSync("/etc/file"),
          fileIsReadOnly: write("/etc/file").includes("os error 30"),
          dataIsWritable: write("/data/deep/new"),
          keeps: (Deno.statSync("/keeps").mode! & 0o7777).toString(8),
          dev: /^tmpfs \/dev tmpfs (\S+)/m.exec(Deno.readTextFileSync("/proc/mounts"))?.[1],
        };
      },
      { module: at("./mounts.ts"), args: [folder, MODULES], command },
    );
    assert.deepEqual(result, {
      missing: `mounting "${folder}/host/missing" on "/x": open_tree ${folder}/host/missing: ` +
        "no such file or directory",
      answers: [
        "done",
        "done",
        "done",
        "done",
        'mounting "sysfs" on "/sys": openat2 /sys: too many levels of symbolic links',
        "done",
      ],
      data: ["file", "sub"],
      file: "of the host",
      fileIsReadOnly: true,
      dataIsWritable: "done",
      keeps: "750",
      dev: "rw,noexec,relatime,mode=755",
    });
    assert.equal(await Deno.readTextFile(`${folder}/host/new`), "x");
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "createDevices(), maskPaths() and protectPaths() make /dev and hide paths",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const result = await runAlone(
      async (mounts: typeof Mounts, folder: string, urls: typeof MODULES) => {
        const ffi: typeof import("../../../ffi/mod.ts") = await import(urls.ffi);
        const hidden: typeof import("./hidden_paths.ts") = await import(urls.hidden);
        const devices: typeof import("./devices.ts") = await import(urls.devices);
        ffi.openLibc();
        ffi.mount("tmpfs", folder, "tmpfs", 0, "mode=755");
        ffi.chdir(folder);
        ffi.pivotRoot(".", ".");
        ffi.umount(".", ffi.UmountFlag.DETACH);
        ffi.chdir("/");
        ffi.umask(0);
        const prepared = mounts.prepareMounts([
          { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755"] },
          { destination: "/proc", type: "proc", source: "proc" },
        ]);
        prepared.perform();
        const own = { path: "/dev/sub/disk", type: "b", major: 259, minor: 4096 } as const;
        devices.createDevices([{ ...own, fileMode: 0o600, uid: 5, gid: 6 }]);
        devices.createDevices();
        devices.createConsoleFile();
        const node = (path: string) => {
          const { gid, isBlockDevice, isCharDevice, isSymlink, mode, rdev, uid } = Deno.lstatSync(
            path,
          );
          if (isSymlink) return `-> ${Deno.readLinkSync(path)}`;
          const kind = isCharDevice ? "c" : isBlockDevice ? "b" : "-";
          return `${kind} ${(mode! & 0o7777).toString(8)} ${uid}:${gid} ${rdev}`;
        };
        const names = [...Deno.readDirSync("/dev")].map(({ name }) => name).toSorted();
        const nodes = Object.fromEntries(
          [...names, "sub/disk"].map((name) => [name, node(`/dev/${name}`)]),
        );
        Deno.mkdirSync("/secrets/more", { recursive: true });
        Deno.writeTextFileSync("/secret", "secret");
        Deno.mkdirSync("/kept/sub", { recursive: true });
        Deno.writeTextFileSync("/kept/file", "kept");
        hidden.maskPaths(["/secrets", "/secret", "/missing", "/secret/below"]);
        hidden.protectPaths(["/kept", "/missing"]);
        const attempt = (call: () => unknown) => {
          try {
            return call() ?? "done";
          } catch (error) {
            return (error as Error).message.replace(/: .*/, "");
          }
        };
        return {
          nodes,
          masked: [...Deno.readDirSync("/secrets")].length,
          maskedFile: Deno.readTextFileSync("/secret"),
          writeMasked: attempt(() => Deno.mkdirSync("/secrets/new")),
          kept: Deno.readTextFileSync("/kept/file"),
          writeKept: attempt(() => Deno.writeTextFileSync("/kept/file", "x")),
          writeBelow: attempt(() => Deno.mkdirSync("/kept/sub/new")),
        };
      },
      { module: at("./mounts.ts"), args: [folder, MODULES], command },
    );
    const device = (major: number, minor: number) => `c 666 0:0 ${major * 256 + minor}`;
    const { core, ...nodes } = result.nodes;
    // Not every kernel has it.
    if (core !== undefined) assert.equal(core, "-> /proc/kcore");
    assert.deepEqual({ ...result, nodes }, {
      nodes: {
        console: "- 620 0:0 0",
        fd: "-> /proc/self/fd",
        full: device(1, 7),
        null: device(1, 3),
        ptmx: "-> pts/ptmx",
        random: device(1, 8),
        stderr: "-> /proc/self/fd/2",
        stdin: "-> /proc/self/fd/0",
        stdout: "-> /proc/self/fd/1",
        sub: "- 755 0:0 0",
        "sub/disk": `b 600 5:6 ${0x1000000 + 0x10300}`,
        tty: device(5, 0),
        urandom: device(1, 9),
        zero: device(1, 5),
      },
      masked: 0,
      maskedFile: "",
      writeMasked: "Read-only file system (os error 30)",
      kept: "kept",
      writeKept: "Read-only file system (os error 30)",
      writeBelow: "Read-only file system (os error 30)",
    });
    await Deno.remove(folder);
  },
});
