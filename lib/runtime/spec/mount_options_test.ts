import assert from "node:assert/strict";
import { MountAttribute, MountFlag } from "../../../ffi/mod.ts";
import { mountAttributes, type MountOptions, parseMountOptions } from "./mount_options.ts";

const { DIRSYNC, NODEV, NOEXEC, NOSUID, NOSYMFOLLOW, PRIVATE, RDONLY, REC, SHARED, SLAVE } =
  MountFlag;

const NONE: MountOptions = {
  flags: 0,
  propagation: 0,
  bind: false,
  recursive: false,
  recursiveReadonly: false,
  data: "",
};

const CASES: [options: string, parts: Partial<MountOptions>][] = [
  ["", {}],
  ["defaults", {}],
  ["ro,nosuid,nodev,noexec", { flags: RDONLY | NOSUID | NODEV | NOEXEC }],
  // The later one wins.
  ["ro,rw", {}],
  ["rw,ro", { flags: RDONLY }],
  ["nosuid,noexec,suid,exec,dev", {}],
  ["noatime,atime,relatime,norelatime,nodiratime,diratime,sync,async", {}],
  ["strictatime", { flags: MountFlag.STRICTATIME }],
  ["dirsync,nosymfollow,remount", { flags: DIRSYNC | NOSYMFOLLOW | MountFlag.REMOUNT }],
  ["bind", { bind: true }],
  ["rbind", { bind: true, recursive: true }],
  ["rbind,bind", { bind: true }],
  ["rprivate", { propagation: PRIVATE | REC }],
  ["private", { propagation: PRIVATE }],
  ["rshared,rslave", { propagation: SLAVE | REC }],
  ["shared", { propagation: SHARED }],
  ["size=64m,mode=755", { data: "size=64m,mode=755" }],
  ["rbind,rprivate,ro,x=y", {
    bind: true,
    recursive: true,
    propagation: PRIVATE | REC,
    flags: RDONLY,
    data: "x=y",
  }],
  // Names that every object has are no options.
  ["constructor,toString", { data: "constructor,toString" }],
];

Deno.test("parseMountOptions() takes options apart", () => {
  for (const [options, parts] of CASES) {
    const words = options === "" ? [] : options.split(",");
    assert.deepEqual(parseMountOptions(words), { ...NONE, ...parts }, options);
  }
});

Deno.test("mountAttributes() turns flags into attributes", () => {
  const cases: [flags: number, attributes: number][] = [
    [0, 0],
    [RDONLY, MountAttribute.RDONLY],
    [NOSUID | NODEV | NOEXEC, MountAttribute.NOSUID | MountAttribute.NODEV | MountAttribute.NOEXEC],
    [DIRSYNC | REC, 0],
    [NOSYMFOLLOW | MountFlag.NODIRATIME, MountAttribute.NOSYMFOLLOW | MountAttribute.NODIRATIME],
    [MountFlag.NOATIME | MountFlag.RELATIME, MountAttribute.NOATIME],
    [MountFlag.NOATIME | MountFlag.STRICTATIME, MountAttribute.STRICTATIME],
    [MountFlag.RELATIME, MountAttribute.RELATIME],
  ];
  for (const [flags, attributes] of cases) assert.equal(mountAttributes(flags), attributes);
});
