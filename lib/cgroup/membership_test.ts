import assert from "node:assert/strict";
import { membershipPath } from "./membership.ts";

const V1 = [
  "12:cpu,cpuacct:/user.slice",
  "11:memory:/user.slice/a:b/c",
  "2:cpu:/wrong",
  "1:name=systemd:/user.slice/session-1.scope",
  "0::/user.slice/session-1.scope",
  "",
].join("\n");

const CASES: [text: string, controllers: string[], path: string][] = [
  [V1, ["cpu", "cpuacct"], "/user.slice"],
  [V1, ["memory"], "/user.slice/a:b/c"],
  [V1, ["name=systemd"], "/user.slice/session-1.scope"],
  [V1, ["pids"], "/"],
  ["0::/init.scope\n", [], "/init.scope"],
  ["0::/\n", [], "/"],
  ["0::/gone (deleted)\n", [], "/gone (deleted)"],
  ["", [], "/"],
];

Deno.test("membershipPath() finds a hierarchy's line", () => {
  for (const [text, controllers, path] of CASES) {
    assert.equal(membershipPath(text, { controllers, mountPoint: "/x" }), path);
  }
});
