import assert from "node:assert/strict";
import { formatInspect, formatList } from "./format_output.ts";

const ROWS = [
  { ID: "8f1c", Names: "web", CreatedAt: "now", Label: (name: unknown) => `label ${name}` },
  { ID: "9", Names: "a-long-name", CreatedAt: "then", Label: () => "" },
];
const LIST = {
  rows: ROWS,
  headings: { ID: "CONTAINER ID" },
  defaultFormat: "table {{.ID}}\t{{.Names}}",
};
const DEFAULT_TABLE = "CONTAINER ID   NAMES\n8f1c           web\n9              a-long-name\n";

const FORMATS: [format: string | undefined, text: string][] = [
  [undefined, DEFAULT_TABLE],
  ["", DEFAULT_TABLE],
  ["table", DEFAULT_TABLE],
  [
    String.raw`table {{.Names}}\t{{.ID}}`,
    [
      "NAMES         CONTAINER ID",
      "web           8f1c",
      "a-long-name   9",
      "",
    ].join("\n"),
  ],
  ["table {{upper .Names}}|{{.CreatedAt}}", "NAMES|CREATED AT\nWEB|now\nA-LONG-NAME|then\n"],
  ["table {{json .ID}}", 'CONTAINER ID\n"8f1c"\n"9"\n'],
  [
    'table {{.Label "com.example.build-role"}}',
    [
      "build role",
      "label com.example.build-role",
      "",
      "",
    ].join("\n"),
  ],
  [
    "json",
    '{"CreatedAt":"now","ID":"8f1c","Names":"web"}\n' +
    '{"CreatedAt":"then","ID":"9","Names":"a-long-name"}\n',
  ],
  ["{{.Names}}", "web\na-long-name\n"],
  [String.raw`{{.ID}}\t{{.Names}}\n`, "8f1c\tweb\n\n9\ta-long-name\n\n"],
];

for (const [format, text] of FORMATS) {
  Deno.test(`formatList() prints ${JSON.stringify(format)}`, async () => {
    assert.equal(await formatList({ ...LIST, format }), text);
  });
}

Deno.test("formatList() prints ids only when quiet", async () => {
  assert.equal(await formatList({ ...LIST, format: "json", quiet: true }), "8f1c\n9\n");
  assert.equal(
    await formatList({ ...LIST, quiet: true, quietFormat: "{{.Names}}" }),
    "web\na-long-name\n",
  );
});

Deno.test("formatList() prints a table's header without rows", async () => {
  assert.equal(
    await formatList({ ...LIST, rows: [], headings: { ID: "ID", Names: "NAMES" } }),
    "ID        NAMES\n",
  );
  assert.equal(await formatList({ ...LIST, rows: [], format: "json" }), "");
});

Deno.test("formatList() names a field that does not exist", async () => {
  await assert.rejects(formatList({ ...LIST, format: "{{.Nope}}" }), {
    message:
      'template parsing error: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type struct',
  });
});

const OBJECTS = [{ Id: "a", Config: { Labels: { z: "<1>", b: "2" }, Cmd: [], Empty: {} } }];

Deno.test("formatInspect() prints an array indented by four", async () => {
  assert.equal(
    await formatInspect(OBJECTS),
    `[
    {
        "Id": "a",
        "Config": {
            "Labels": {
                "b": "2",
                "z": "<1>"
            },
            "Cmd": [],
            "Empty": {}
        }
    }
]
`,
  );
  assert.equal(await formatInspect([]), "[]\n");
});

Deno.test("formatInspect() prints json on one line and templates for each object", async () => {
  assert.equal(
    await formatInspect(OBJECTS, "json"),
    '[{"Id":"a","Config":{"Labels":{"b":"2","z":"<1>"},"Cmd":[],"Empty":{}}}]\n',
  );
  assert.equal(await formatInspect([...OBJECTS, { Id: "b" }], "{{.Id}}"), "a\nb\n");
});
