import assert from "node:assert/strict";
import type { LoggedContainer } from "./attributes.ts";
import { jsonLogOptions, type LogChoice, logSettings, parseLogOptions } from "./options.ts";

Deno.test("parseLogOptions() splits names from values", () => {
  assert.deepEqual(parseLogOptions(["max-size=10m", "tag=a=b", "env", "max-size=5m", "labels="]), {
    "max-size": "5m",
    tag: "a=b",
    env: "",
    labels: "",
  });
});

Deno.test("logSettings() merges what was asked for with the configuration, as Docker does", () => {
  const small = { "max-size": "1m" };
  const cases: [LogChoice, LogChoice, unknown][] = [
    [{}, {}, { driver: "json-file", options: {} }],
    [{ driver: "none" }, {}, { driver: "none", options: {} }],
    [{ driver: "", options: small }, {}, { driver: "json-file", options: small }],
    [{}, { driver: "none" }, { driver: "none", options: {} }],
    [{ driver: "json-file" }, { driver: "none" }, { driver: "json-file", options: {} }],
    [{}, { options: small }, { driver: "json-file", options: small }],
    [{ driver: "none" }, { options: small }, { driver: "none", options: {} }],
    [
      { options: { "max-file": "3" } },
      { driver: "json-file", options: { ...small, "max-file": "2" } },
      { driver: "json-file", options: { "max-size": "1m", "max-file": "3" } },
    ],
  ];
  for (const [choice, defaults, expected] of cases) {
    assert.deepEqual(logSettings(choice, defaults), expected);
  }
});

Deno.test("logSettings() accepts what Docker accepts", () => {
  const accepted = [
    "max-size=10m max-file=3",
    "max-size=1.5GiB",
    "max-size=1 kb",
    "max-file=2",
    "mode=blocking",
    "mode=non-blocking max-buffer-size=4m",
    "compress=false",
    "labels=a,b env=C labels-regex=^d env-regex=E+ tag={{.Name}}/{{ .ID }}",
  ];
  for (const texts of accepted) {
    const options = parseLogOptions(texts.split(/ (?=[a-z-]+=)/));
    assert.deepEqual(logSettings({ options }).options, options);
  }
});

Deno.test("logSettings() refuses the rest in Docker's words", () => {
  const uninitialized = "failed to initialize logging driver: ";
  const cases: [string, string][] = [
    ["foo=bar", "unknown log opt 'foo' for json-file log driver"],
    ["toString=1", "unknown log opt 'toString' for json-file log driver"],
    ["max-size=abc", uninitialized + "invalid size: 'abc'"],
    ["max-size", uninitialized + "invalid size: ''"],
    ["max-size=-1", uninitialized + "invalid size: '-1'"],
    ["max-size=9999999p", uninitialized + "invalid size: '9999999p'"],
    ["max-size=0", uninitialized + "max-size must be a positive number"],
    ["max-file=0", uninitialized + "max-file cannot be less than 1"],
    ["max-file=x", uninitialized + 'strconv.Atoi: parsing "x": invalid syntax'],
    ["compress=x", uninitialized + 'strconv.ParseBool: parsing "x": invalid syntax'],
    [
      "compress=true",
      uninitialized + "compress cannot be true: tsd does not compress rotated logs",
    ],
    ["mode=foo", "logger: logging mode not supported: foo"],
    [
      "max-buffer-size=1m",
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
    ],
    [
      "mode=non-blocking max-buffer-size=abc",
      "error parsing option max-buffer-size: invalid size: 'abc'",
    ],
    [
      "tag={{.Nope}}",
      uninitialized + "cannot use {{.Nope}} in the tag, known are {{.ID}}, " +
      "{{.FullID}}, {{.Name}}, {{.ImageID}}, {{.ImageFullID}}, {{.ImageName}}, {{.DaemonName}}",
    ],
  ];
  for (const [texts, message] of cases) {
    const options = parseLogOptions(texts.split(" "));
    assert.throws(() => logSettings({ options }), {
      name: "EngineError",
      kind: "invalid",
      message,
    });
  }
  assert.throws(() => logSettings({ options: { "labels-regex": "(" } }), /cannot use the pattern/);
  assert.throws(() => logSettings({ options: { tag: "{{if .ID}}x{{end}}" } }), /\{\{if \.ID\}\}/);
  assert.throws(() => logSettings({ driver: "none", options: { "max-size": "1m" } }), {
    message: "invalid logging opts for driver none",
  });
  assert.throws(() => logSettings({ driver: "foo" }), {
    message: 'error looking up logging plugin foo: plugin "foo" not found, use json-file or none',
  });
});

Deno.test("jsonLogOptions() says how a container's log is written", () => {
  const container = (options: Record<string, string>): LoggedContainer => ({
    id: "0123456789abcdef".repeat(4),
    name: "web",
    imageId: `sha256:${"fedcba9876543210".repeat(4)}`,
    imageName: "alpine",
    settings: {
      env: ["FOO=bar", "EMPTY=", "EQUALS=a=b"],
      labels: { a: "1", "b.c": "x y" },
      log: { driver: "json-file", options },
    },
  });
  const cases: [Record<string, string>, unknown][] = [
    [{}, { attributes: {} }],
    [{ "max-size": "1k", "max-file": "3" }, { maxSize: 1000, maxFiles: 3, attributes: {} }],
    [{ "max-size": "1.5MiB" }, { maxSize: 1_500_000, attributes: {} }],
    [{ labels: "a,none", env: "FOO,EMPTY" }, { attributes: { a: "1", FOO: "bar", EMPTY: "" } }],
    [{ "labels-regex": "^b", "env-regex": "^EQ" }, {
      attributes: { "b.c": "x y", EQUALS: "a=b" },
    }],
    [{ tag: "{{.Name}}/{{ .ID }}/{{.ImageName}}/{{.ImageID}}/$&" }, {
      attributes: { tag: "web/0123456789ab/alpine/fedcba987654/$&" },
    }],
  ];
  for (const [options, expected] of cases) {
    assert.deepEqual(jsonLogOptions(container(options)), expected);
  }
});
