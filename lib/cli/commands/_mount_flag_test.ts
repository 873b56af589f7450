import assert from "node:assert/strict";
import { type MountFlag, parseMountFlag } from "./_mount_flag.ts";

const READ: [text: string, mount: MountFlag][] = [
  ["dst=/a", { kind: "volume", volume: { target: "/a", asMount: true, readonly: false } }],
  ["src=ab,target=/a/../b/,ro", {
    kind: "volume",
    volume: { name: "ab", target: "/b", asMount: true, readonly: true },
  }],
  [
    "type=volume,source=ab,destination=/a,volume-nocopy,volume-subpath=x/y,volume-driver=local," +
    "volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-label=a=b=c,volume-label=d",
    {
      kind: "volume",
      volume: {
        name: "ab",
        noCopy: true,
        subpath: "x/y",
        driver: "local",
        options: { type: "tmpfs", device: "tmpfs" },
        labels: { a: "b=c", d: "" },
        target: "/a",
        asMount: true,
        readonly: false,
      },
    },
  ],
  ['type=volume,src=ab,dst=/a,"volume-opt=o=size=1m,uid=5"', {
    kind: "volume",
    volume: {
      name: "ab",
      options: { o: "size=1m,uid=5" },
      target: "/a",
      asMount: true,
      readonly: false,
    },
  }],
  ["type=bind,src=/s,dst=/a,readonly=0,consistency=cached", {
    kind: "bind",
    bind: { source: "/s", target: "/a", asMount: true, readonly: false },
  }],
  ["TYPE=BIND,src=/s/../t,dst=/a,readonly,bind-propagation=rslave,bind-create-src", {
    kind: "bind",
    bind: {
      source: "/t",
      propagation: "rslave",
      createSource: true,
      target: "/a",
      asMount: true,
      readonly: true,
    },
  }],
  ["type=bind,src=/s,dst=/a,bind-nonrecursive", {
    kind: "bind",
    bind: { source: "/s", recursive: "disabled", target: "/a", asMount: true, readonly: false },
  }],
  ["type=bind,src=/s,dst=/a,ro=true,bind-recursive=readonly,bind-propagation=rprivate", {
    kind: "bind",
    bind: {
      source: "/s",
      propagation: "rprivate",
      recursive: "readonly",
      target: "/a",
      asMount: true,
      readonly: true,
    },
  }],
  ["type=tmpfs,dst=/a,tmpfs-size=1.5m,tmpfs-mode=1770,ro", {
    kind: "tmpfs",
    tmpfs: { target: "/a", asMount: true, options: ["ro", "size=1572864", "mode=1770"] },
  }],
];

Deno.test("parseMountFlag() reads keys and values", () => {
  for (const [text, mount] of READ) assert.deepEqual(parseMountFlag(text), mount, text);
});

const flag = (reason: string) => (text: string) =>
  `invalid argument "${text}" for "--mount" flag: ${reason}`;
const config = (type: string, reason: string) => (text: string) =>
  `Cannot mount "${text}": invalid mount config for type "${type}": ${reason}`;

// What Docker says to the same.
const WRONG: [text: string, message: (text: string) => string][] = [
  ["type=bind,src=/tmp", flag("target is required")],
  ["type=volume,dst=/a,foo", flag("invalid field 'foo' must be a key=value pair")],
  ["dst=/a,type", flag("invalid field 'type' must be a key=value pair")],
  ["dst=/a,foo=bar", flag("unexpected key 'foo' in 'foo=bar'")],
  ["dst=/a,readonly=maybe", flag("invalid value for readonly: maybe")],
  ["dst=/a,volume-nocopy=abc", flag("invalid value for volume-nocopy: abc")],
  ["type=tmpfs,dst=/a,tmpfs-size=abc", flag("invalid value for tmpfs-size: abc")],
  ["type=tmpfs,dst=/a,tmpfs-mode=9", flag("invalid value for tmpfs-mode: 9")],
  [
    "type=bind,src=/tmp,dst=/a,tmpfs-size=1",
    flag("cannot mix 'tmpfs-*' options with mount type 'bind'"),
  ],
  [
    "type=bind,src=/tmp,dst=/a,volume-nocopy",
    flag("cannot mix 'volume-*' options with mount type 'bind'"),
  ],
  [
    "type=volume,dst=/a,bind-propagation=rslave",
    flag("cannot mix 'bind-*' options with mount type 'volume'"),
  ],
  [
    "type=bind,src=/tmp,dst=/a,bind-recursive=xx",
    flag(
      `invalid value for bind-recursive: xx (must be "enabled", "disabled", "writable", or "readonly")`,
    ),
  ],
  [
    "type=bind,src=/tmp,dst=/a,bind-recursive=readonly",
    flag(
      "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction",
    ),
  ],
  ["", flag("value is empty")],
  ["type=foo,src=/tmp,dst=/a", config("foo", "mount type unknown")],
  ["type=bind,dst=/a", config("bind", "field Source must not be empty")],
  [
    "type=bind,src=rel,dst=/a",
    config("bind", "invalid mount path: 'rel' mount path must be absolute"),
  ],
  [
    "type=bind,src=/tmp,dst=a",
    config("bind", "invalid mount path: 'a' mount path must be absolute"),
  ],
  [
    "type=bind,src=/tmp,dst=/",
    config("bind", "invalid specification: destination can't be '/'"),
  ],
  [
    "type=bind,src=/tmp,dst=/a,bind-propagation=xx",
    config("bind", "invalid propagation mode: xx"),
  ],
  ["type=tmpfs,src=x,dst=/a", config("tmpfs", "field Source must not be specified")],
  [
    "type=volume,dst=/a,ro",
    config("volume", "must not set ReadOnly mode when using anonymous volumes"),
  ],
  [
    "src=/abs,dst=/a",
    () =>
      'create /abs: "/abs" includes invalid characters for a local volume name, only ' +
      '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use ' +
      "absolute path",
  ],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseMountFlag() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseMountFlag(text), {
      name: "EngineError",
      kind: "invalid",
      message: message(text),
    });
  });
}
