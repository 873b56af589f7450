import assert from "node:assert/strict";
import { compileTemplate } from "./mod.ts";
import { sprintf } from "./printf.ts";

const DATA = {
  Endpoints: { docker: { Host: "unix:///var/run/docker.sock", SkipTLSVerify: false } },
};

/** Templates and what Docker's own command line makes of them. */
const AS_DOCKER: [template: string, text: string][] = [
  [
    `{{printf "%s|%v|%d|%q|%x|%t|%5d|%-10s|%%|%05d|%.2s|%c|%U|%+d|%6.2f|%e|%g" "a" 1 2 "q" "hi" true 42 "l" 7 "abc" 65 65 3 3.14159 1500.5 1e21}}`,
    `a|1|2|"q"|6869|true|   42|l         |%|00007|ab|A|U+0041|+3|  3.14|1.500500e+03|1e+21`,
  ],
  [`{{printf "%d" "x"}}`, "%!d(string=x)"],
  [`{{printf "%s" 5}}`, "%!s(int=5)"],
  [`{{printf "%d"}}`, "%!d(MISSING)"],
  [`{{printf "a" 1 "b"}}`, "a%!(EXTRA int=1, string=b)"],
  [`{{printf "%v %v" nil (split "a,b" ",")}}`, "<nil> [a b]"],
  [`{{printf "%q" (split "a,b" ",")}}`, `["a" "b"]`],
  [`{{printf "%x %X %o %b %#x" 255 255 8 5 255}}`, "ff FF 10 101 0xff"],
  [`{{printf "%*d" 5 42}}`, "   42"],
  [`{{printf "%!" }}`, "%!!(MISSING)"],
  [`{{printf "%z" 1}}`, "%!z(int=1)"],
  [`{{printf "%"}}`, "%!(NOVERB)"],
  [`{{printf "%5t|%-5v|%5q" true true "a"}}`, ` true|true |  "a"`],
  ['{{printf "%5s|%-5s|%05s|%x" "é" "é" "ab" "é"}}', "    é|é    |000ab|c3a9"],
  [`{{printf "%03d|%-4d|%+d|% d" -5 7 -7 7}}`, "-05|7   |-7| 7"],
  [
    `{{printf "%v" true}} {{printf "%d" true}} {{printf "%s" true}}`,
    "true %!d(bool=true) %!s(bool=true)",
  ],
  [String.raw`{{printf "%q %q" "a\"b\n\x01" 65}}`, String.raw`"a\"b\n\x01" 'A'`],
  [`{{printf "%s" .Endpoints}}`, "map[docker:{unix:///var/run/docker.sock %!s(bool=false)}]"],
  [`{{printf "%v" .Endpoints}}`, "map[docker:{unix:///var/run/docker.sock false}]"],
  [`{{printf "%d %d" 1}}`, "1 %!d(MISSING)"],
];

for (const [template, text] of AS_DOCKER) {
  Deno.test(`printf makes what Docker makes of ${template}`, () => {
    assert.equal(compileTemplate(template).execute(DATA), text);
  });
}

Deno.test("sprintf() keeps text without directives", () => {
  assert.equal(sprintf("100 µs", []), "100 µs");
});

Deno.test("sprintf() names a value's type", () => {
  assert.equal(sprintf("%T %T %T", [1, "a", [1]]), "int string []interface {}");
});
