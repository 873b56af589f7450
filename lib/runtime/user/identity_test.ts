import assert from "node:assert/strict";
import { findGroup, findIdentity, type Identity } from "./identity.ts";

const FILES = {
  passwd: [
    "# comment:x:1:1::/:",
    "root:x:0:0:root:/root:/bin/ash",
    "app:x:1000:1001:App:/home/app:/bin/sh",
    "homeless:x:1002:1002:::",
    "1234:x:77:77::/named:",
    "twice:x:1003:1003::/first:",
    "twice:x:1004:1004::/second:",
    "empty:x:::/:",
    "words:x:one:two::/:",
    "huge:x:4294967295:0::/:",
    "short:x",
    "",
  ].join("\n"),
  group: [
    "root:x:0:root",
    "app:x:1001:",
    "audio:x:29:app,root",
    "video:x:44:root,app\r",
    "appendix:x:45:apple",
    "bad:x::app",
    "4321:x:78:",
    "huge:x:4294967295:app",
    "",
  ].join("\n"),
};

const FOUND: [text: string, identity: Identity][] = [
  ["", { uid: 0, gid: 0, home: "/root", groups: [0, 29, 44] }],
  ["root", { uid: 0, gid: 0, home: "/root", groups: [0, 29, 44] }],
  ["0", { uid: 0, gid: 0, home: "/root", groups: [0, 29, 44] }],
  ["app", { uid: 1000, gid: 1001, home: "/home/app", groups: [29, 44, 1001] }],
  ["1000", { uid: 1000, gid: 1001, home: "/home/app", groups: [29, 44, 1001] }],
  ["app:", { uid: 1000, gid: 1001, home: "/home/app", groups: [29, 44, 1001] }],
  ["homeless", { uid: 1002, gid: 1002, home: "/", groups: [1002] }],
  // Without an entry: no group but root's.
  ["4000", { uid: 4000, gid: 0, home: "/", groups: [0] }],
  ["4294967294", { uid: 4294967294, gid: 0, home: "/", groups: [0] }],
  // A number is a number, whoever is named like it.
  ["1234", { uid: 1234, gid: 0, home: "/", groups: [0] }],
  ["twice", { uid: 1003, gid: 1003, home: "/first", groups: [1003] }],
  // With a group, the user's own are not taken.
  ["app:audio", { uid: 1000, gid: 29, home: "/home/app", groups: [29] }],
  ["app:5000", { uid: 1000, gid: 5000, home: "/home/app", groups: [5000] }],
  ["1000:4321", { uid: 1000, gid: 4321, home: "/home/app", groups: [4321] }],
  [":audio", { uid: 0, gid: 29, home: "/root", groups: [29] }],
  ["4000:0", { uid: 4000, gid: 0, home: "/", groups: [0] }],
];

for (const [text, identity] of FOUND) {
  Deno.test(`findIdentity() finds "${text}"`, () => {
    assert.deepEqual(findIdentity(text, FILES), identity);
  });
}

const noUser = (name: string) => `unable to find user ${name}: no matching entries in passwd file`;
const noGroup = (name: string) => `unable to find group ${name}: no matching entries in group file`;
const range = (text: string) =>
  `uids and gids must be in range 0-4294967294: current value is ${text}`;

const WRONG: [text: string, message: string][] = [
  ["nobody", noUser("nobody")],
  ["-1", noUser("-1")],
  ["1000.5", noUser("1000.5")],
  ["empty", noUser("empty")],
  ["words", noUser("words")],
  ["huge", noUser("huge")],
  ["short", noUser("short")],
  ["# comment", noUser("# comment")],
  ["4294967295", range("4294967295")],
  ["99999999999999999999", range("99999999999999999999")],
  ["app:nogroup", noGroup("nogroup")],
  ["app:bad", noGroup("bad")],
  ["app:huge", noGroup("huge")],
  ["app:4294967295", range("4294967295")],
];

for (const [text, message] of WRONG) {
  Deno.test(`findIdentity() refuses "${text}"`, () => {
    assert.throws(() => findIdentity(text, FILES), {
      name: "EngineError",
      kind: "invalid",
      message,
    });
  });
}

Deno.test("findIdentity() knows numbers only where there are no account files", () => {
  const none = { passwd: "", group: "" };
  assert.deepEqual(findIdentity("", none), { uid: 0, gid: 0, home: "/", groups: [0] });
  assert.deepEqual(findIdentity("5:6", none), { uid: 5, gid: 6, home: "/", groups: [6] });
  assert.throws(() => findIdentity("root", none), { message: noUser("root") });
});

Deno.test("findGroup() takes a name or a number", () => {
  assert.equal(findGroup("video", FILES), 44);
  assert.equal(findGroup("44", FILES), 44);
  assert.throws(() => findGroup("appendi", FILES), { message: noGroup("appendi") });
});
