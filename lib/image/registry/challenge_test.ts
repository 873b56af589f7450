import assert from "node:assert/strict";
import { parseChallenges } from "./challenge.ts";

Deno.test("parseChallenges() reads what servers send", () => {
  const cases: [header: string, expected: [string, Record<string, string>][]][] = [
    ["", []],
    ["Basic", [["basic", {}]]],
    ['Basic realm="a, b"', [["basic", { realm: "a, b" }]]],
    [
      'Bearer realm="https://a.example/token",service="r.example",scope="repository:a/b:pull,push"',
      [["bearer", {
        realm: "https://a.example/token",
        service: "r.example",
        scope: "repository:a/b:pull,push",
      }]],
    ],
    ["bearer Realm = x , SERVICE=y", [["bearer", { realm: "x", service: "y" }]]],
    ['Bearer realm="say \\"hi\\""', [["bearer", { realm: 'say "hi"' }]]],
    [
      'Basic realm="x", Bearer realm="y",service="z"',
      [["basic", { realm: "x" }], ["bearer", { realm: "y", service: "z" }]],
    ],
    ['Negotiate, Basic realm="x"', [["negotiate", {}], ["basic", { realm: "x" }]]],
    ['Negotiate abc==, Basic realm="x"', [["negotiate", {}], ["basic", { realm: "x" }]]],
    ['Basic realm="never closed', [["basic", {}]]],
    ["Basic __proto__=x", [["basic", { ["__proto__"]: "x" }]]],
    ['"', []],
  ];
  for (const [header, expected] of cases) {
    const found = parseChallenges(header).map((
      { scheme, parameters },
    ) => [scheme, Object.entries(parameters)]);
    assert.deepEqual(found, expected.map(([scheme, given]) => [scheme, Object.entries(given)]));
  }
});

Deno.test("parseChallenges() takes no time over a hostile header", () => {
  const started = performance.now();
  parseChallenges(`Bearer realm="${"\\".repeat(100_000)}`);
  parseChallenges(`${"a".repeat(100_000)}=`);
  parseChallenges(`Basic ${", ".repeat(50_000)}`);
  assert(performance.now() - started < 2000);
});
