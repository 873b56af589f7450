import assert from "node:assert/strict";
import { plainFormat } from "./plain_format.ts";

Deno.test("plainFormat() writes fields and the text between them", () => {
  const row = { ID: "1", Pid: 42, Names: "{{.ID}}" };
  const cases: [string, string][] = [
    ["{{.ID}}", "1"],
    ["{{.ID}}\t{{.Pid}}", "1\t42"],
    ["a {{.Names}} b", "a {{.ID}} b"],
    ["no field", "no field"],
    ["", ""],
  ];
  for (const [format, expected] of cases) assert.equal(plainFormat(format)!(row), expected, format);
});

Deno.test("plainFormat() leaves what needs more to the template engine", () => {
  const formats = ["{{json .}}", "{{.A.B}}", "{{.ID | upper}}", "{{ .ID }}", "{{.id}}", "{{", "}}"];
  for (const format of formats) assert.equal(plainFormat(format), undefined, format);
});

Deno.test("plainFormat() leaves fields that are no text to the template engine", () => {
  const row = { Label: () => "", Half: 0.5, Map: {}, Nothing: undefined };
  for (const name of ["Label", "Half", "Map", "Nothing", "Missing", "ToString"]) {
    assert.equal(plainFormat(`{{.${name}}}`)!(row), undefined, name);
  }
});
