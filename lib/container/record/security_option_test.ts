import assert from "node:assert/strict";
import { describeError } from "../../errors.ts";
import { parseSecurityOptions, securityOptionTexts } from "./security_option.ts";
import type { SecuritySettings } from "./security_settings.ts";

const FILES: Readonly<Record<string, string>> = {
  "/profile.json": '{\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n',
  "/broken.json": '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [}\n}\n',
};

function readFile(path: string): string {
  const text = FILES[path];
  if (text !== undefined) return text;
  throw new Deno.errors.NotFound(`open ${path}: no such file or directory`);
}

const PROFILE = '{"defaultAction":"SCMP_ACT_ALLOW"}';

const OPTIONS: [options: string[], settings: SecuritySettings, shown: string[]][] = [
  [[], {}, []],
  [["no-new-privileges"], { noNewPrivileges: true }, ["no-new-privileges"]],
  [["no-new-privileges:true"], { noNewPrivileges: true }, ["no-new-privileges"]],
  [["no-new-privileges=0"], { noNewPrivileges: false }, []],
  [["seccomp=unconfined"], { seccomp: "unconfined" }, ["seccomp=unconfined"]],
  [["seccomp:unconfined", "seccomp=builtin"], {}, []],
  [["seccomp=/profile.json"], { seccomp: PROFILE }, [`seccomp=${PROFILE}`]],
  [["apparmor=web:complain"], { apparmor: "web:complain" }, ["apparmor=web:complain"]],
  [["label=type:web_t", "label:disable"], { label: ["type:web_t", "disable"] }, [
    "label=type:web_t",
    "label=disable",
  ]],
  [["systempaths=unconfined"], { unconfinedPaths: true }, []],
];

for (const [options, settings, shown] of OPTIONS) {
  Deno.test(`parseSecurityOptions() of ${JSON.stringify(options)}`, () => {
    assert.deepEqual(parseSecurityOptions(options, readFile), settings);
    assert.deepEqual(securityOptionTexts(settings), shown);
  });
}

for (
  const option of ["foo", "foo=bar", "seccomp", "seccomp=", "no-new-privileges=maybe", "label"]
    .concat(
      "systempaths=confined",
    )
) {
  Deno.test(`parseSecurityOptions() refuses ${option}`, () => {
    assert.throws(() => parseSecurityOptions([option], readFile), {
      kind: "invalid",
      message: `Cannot create the container: invalid --security-opt: "${option}"`,
    });
  });
}

Deno.test("parseSecurityOptions() says what is wrong with a profile's file", () => {
  assert.throws(() => parseSecurityOptions(["seccomp=/missing.json"], readFile), {
    kind: "invalid",
    message: "opening seccomp profile (/missing.json) failed",
  });
  assert.throws(() => parseSecurityOptions(["seccomp=/broken.json"], readFile), (error) => {
    assert.match(
      describeError(error),
      /^compacting json for seccomp profile \(\/broken\.json\) failed: .* line 3, column 16: /,
    );
    return true;
  });
});
