import assert from "node:assert/strict";
import { compileTemplate } from "./mod.ts";

/** Texts that are no templates; the words are those of Docker's own command line. */
const REFUSED: [template: string, problem: string][] = [
  ["{{.Foo", "unclosed action"],
  ["{{foo}}", `function "foo" not defined`],
  ["{{}}", "missing value for command"],
  ["{{end}}", "unexpected {{end}}"],
  ["{{else}}", "unexpected {{else}}"],
  ["{{if}}x{{end}}", "missing value for if"],
  ["{{if true}}", "unexpected EOF"],
  ["{{$x}}", `undefined variable "$x"`],
  ["{{/* c }}", "unclosed comment"],
  ["{{/* c */ 1}}", "comment ends before closing delimiter"],
  [`{{"unterminated}}`, "unterminated quoted string"],
  ["{{`unterminated}}", "unterminated raw quoted string"],
  ["{{'a}}", "unterminated character constant"],
  ["{{'ab'}}", "malformed character constant: 'ab'"],
  [String.raw`{{"\z"}}`, "invalid syntax"],
  ["{{.Name | 5}}", "non executable command in pipeline stage 2"],
  ["{{ | 1}}", `unexpected "|" in command`],
  ["{{!}}", `unexpected "!" in command`],
  ["{{.Name!}}", "bad character U+0021 '!'"],
  ["{{with $x := 5}}{{$x}}{{end}}{{$x}}", `undefined variable "$x"`],
  ["{{break}}", "{{break}} outside {{range}}"],
  ["{{range}}{{end}}", "missing value for range"],
  ["{{if true}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"],
  ["{{.Name.}}", "unexpected <.> in operand"],
  ["{{1a}}", `bad number syntax: "1a"`],
  [`{{"a"b}}`, `unexpected "b" in operand`],
  ["{{}", `unexpected "}" in command`],
  ["{{.Name}", "bad character U+007D '}'"],
  ["{{ (.Name }}", "unclosed left paren"],
  ["{{ .Name) }}", "unexpected right paren"],
  ["{{$x, $y := 1}}", "too many declarations in command"],
  ["{{range $a, $b, $c := .Endpoints}}{{end}}", "too many declarations in range"],
  ["{{with}}{{end}}", "missing value for with"],
  ["{{if true}}a{{end}}{{end}}", "unexpected {{end}}"],
  ["{{.Name,}}", `unexpected "," in operand`],
  [`{{"a".Foo}}`, String.raw`unexpected . after term "\"a\""`],
  ["{{..Name}}", `unexpected . after term "."`],
  ["{{$.}}", "unexpected <.> in operand"],
  ["{{else if}}", "unexpected {{else}}"],
];

for (const [template, problem] of REFUSED) {
  Deno.test(`compileTemplate() refuses ${template} in Docker's words`, () => {
    assert.throws(() => compileTemplate(template), {
      name: "EngineError",
      kind: "invalid",
      message: `template parsing error: template: :1: ${problem}`,
    });
  });
}

Deno.test("compileTemplate() names the line", () => {
  assert.throws(() => compileTemplate("a\nb {{nope}}"), {
    message: 'template parsing error: template: :2: function "nope" not defined',
  });
});

Deno.test("compileTemplate() reports what comes first in the text", () => {
  assert.throws(() => compileTemplate('{{nope}} {{"open'), {
    message: 'template parsing error: template: :1: function "nope" not defined',
  });
});

Deno.test("compileTemplate() takes no function from Object.prototype", () => {
  assert.throws(() => compileTemplate("{{toString}}"), {
    message: 'template parsing error: template: :1: function "toString" not defined',
  });
});
