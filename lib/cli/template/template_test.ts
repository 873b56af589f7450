import assert from "node:assert/strict";
import { compileTemplate } from "./mod.ts";

const DATA = {
  Name: "default",
  Endpoints: { docker: { Host: "unix:///var/run/docker.sock", SkipTLSVerify: false } },
};

/** Templates and their text; all were put to Docker's own command line, with the same data. */
const AS_DOCKER: [template: string, text: string][] = [
  ["{{.Endpoints.foo}}", "<no value>"],
  ["{{.Endpoints.foo.bar}}", "<no value>"],
  ["{{.Endpoints}}", "map[docker:{unix:///var/run/docker.sock false}]"],
  ["{{range 3}}{{.}},{{end}}", "0,1,2,"],
  [`{{range $i, $e := split "a,b" ","}}{{$i}}={{$e}} {{end}}`, "0=a 1=b "],
  ["{{$x := 1}}{{$x = 2}}{{$x}}", "2"],
  [`{{print 1 2 "a" "b" 3 4}}`, "1 2ab3 4"],
  [`{{println 1 "a" true}}`, "1 a true\n"],
  ["{{print nil}}", "<nil>"],
  [String.raw`{{'a'}} {{'\n'}} {{'\''}}`, "97 10 39"],
  [
    "{{0x1F}} {{1e3}} {{1.50}} {{1_000}} {{0b11}} {{-5}} {{+3}} {{1e21}} {{0.00001}} {{017}} {{0o17}} {{.5}}",
    "31 1000 1.5 1000 3 -5 3 1e+21 1e-05 15 15 0.5",
  ],
  ['{{len "héllo"}} {{len (split "a,b" ",")}}', "6 2"],
  [`{{index (split "a,b,c" ",") 1}}`, "b"],
  [`{{index .Endpoints "docker"}}`, "{unix:///var/run/docker.sock false}"],
  [`{{index .Endpoints "nope"}}`, "<no value>"],
  [`{{slice "hello" 1 3}} {{slice (split "a,b,c" ",") 1}} {{slice "hello"}}`, "el [b c] hello"],
  [
    `{{eq 1 1}} {{eq 1 2 1}} {{ne "a" "b"}} {{lt 1 2}} {{ge "b" "a"}} {{and 1 0 2}} {{or 0 "x"}} {{not 0}}`,
    "true true true true true 0 x true",
  ],
  [
    `{{le 1 1}} {{gt 2 1}} {{le "b" "a"}} {{eq true true}} {{ne true false}}`,
    "true true false true true",
  ],
  [String.raw`{{html "<a href='x'>&\""}}`, "&lt;a href=&#39;x&#39;&gt;&amp;&#34;"],
  [String.raw`{{js "it's <b> \n"}}`, String.raw`it\'s \u003Cb\u003E \u000A`],
  [`{{urlquery "a b&c/~"}}`, "a+b%26c%2F~"],
  [
    '{{title "hello wide-world foo_bar"}} {{upper "aé"}} {{lower "AÉ"}}',
    "Hello Wide-World Foo_bar AÉ aé",
  ],
  [
    `[{{pad "x" 2 3}}] [{{pad "" 2 3}}] {{truncate "hello" 3}} {{truncate "hi" 3}}`,
    "[  x   ] [] hel hi",
  ],
  [`{{join (split "a b c" " ") "-"}}`, "a-b-c"],
  [String.raw`{{json "<a>&\u2028"}}`, String.raw`"<a>&\u2028"`],
  [
    "{{json .Endpoints}}",
    `{"docker":{"Host":"unix:///var/run/docker.sock","SkipTLSVerify":false}}`,
  ],
  [`{{json (split "a b" " ")}}`, `["a","b"]`],
  [`{{"a" | printf "%s-%s" "b"}}`, "b-a"],
  [`{{ "x" -}}   y   {{- "z" }}`, "xyz"],
  ["{{/* c */}}a{{- /* d */ -}} b", "ab"],
  ["{{`raw\\n`}}", String.raw`raw\n`],
  [String.raw`{{"a\tb\n\x41\u00e9\101"}}`, "a\tb\nAéA"],
  ["{{with .Name}}{{.}}{{else}}no{{end}}", "default"],
  [`{{with ""}}a{{else with "b"}}{{.}}{{end}}`, "b"],
  [`{{if eq .Name "x"}}1{{else if eq .Name "default"}}2{{else}}3{{end}}`, "2"],
  [`{{range split "a,b,c" ","}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}`, "ac"],
  [`{{range split "a,b,c" ","}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}`, "a"],
  ["{{range .Endpoints.nope}}x{{else}}none{{end}}", "none"],
  [`{{(index .Endpoints "docker").Host}}`, "unix:///var/run/docker.sock"],
  ["{{(1)}}", "1"],
  ["{{ 1 | }}", "1"],
  ["{{$.Name}}", "default"],
  ["{{range $k, $v := .Endpoints}}{{$k}} {{end}}", "docker "],
  ["{{.Name|upper|lower}}", "default"],
  ["{{ .Name | len }}", "7"],
  ["{{true}} {{false}} {{not true}}", "true false false"],
  [`{{and true (eq 1 1) "last"}}`, "last"],
  [`{{print "a" "b"}} {{print 1.5 2}} {{print true false}}`, "ab 1.5 2 true false"],
  [`{{index "abc" 1}}`, "98"],
  ["{{json nil}} {{json true}} {{json 1.5}}", "null true 1.5"],
  [`{{if .Name}}{{$y := "in"}}{{$y}}{{end}}`, "in"],
  [`{{$y := "out"}}{{if true}}{{$y = "set"}}{{end}}{{$y}}`, "set"],
  [`{{$y := "out"}}{{if true}}{{$y := "new"}}{{end}}{{$y}}`, "out"],
  [`{{range $i := split "a,b" ","}}{{$i}}{{end}}`, "ab"],
  ["{{.Name -}} x", "defaultx"],
  ["{{- .Name}}", "default"],
  ["{{-3}}", "-3"],
  ["{{- 3 -}}", "3"],
  [`a {{- "b"}}`, "ab"],
  [`{{"a" -}} b`, "ab"],
  [`{{ .Name | printf "%-10s|" }}`, "default   |"],
  [`{{ (split .Name "a") | len }}`, "2"],
  ["{{if and .Name (not false)}}y{{end}}", "y"],
  [`{{if or "" 0}}y{{else}}n{{end}}`, "n"],
  [`{{print (printf "%d" 3) "x"}}`, "3x"],
  [`{{.Endpoints.docker.Host | upper | printf "%q"}}`, `"UNIX:///VAR/RUN/DOCKER.SOCK"`],
  [String.raw`{{"quote\"d"}}`, `quote"d`],
  ["{{range $k, $v := .Endpoints}}{{$k}}={{$v.Host}}{{end}}", "docker=unix:///var/run/docker.sock"],
  ["{{range 2}}{{range 2}}{{.}}{{break}}{{end}}{{.}}{{end}}", "0001"],
  ["{{(.Name)}} {{(.Name | upper)}}", "default DEFAULT"],
  [`{{eq "a" "b" "a"}}`, "true"],
  [`{{html 1 "a" 2}}`, "1a2"],
  ["{{len .Endpoints}}", "1"],
  [`{{title ""}}`, ""],
  ['{{title "ÉTÉ été"}}', "ÉTÉ Été"],
  ['{{truncate "héllo" 0}}', ""],
  ["{{print}}", ""],
  ["{{println}}", "\n"],
];

for (const [template, text] of AS_DOCKER) {
  Deno.test(`execute() makes what Docker makes of ${template}`, () => {
    assert.equal(compileTemplate(template).execute(DATA), text);
  });
}

/** Templates that cannot be executed on the data, and Docker's words for it. */
const FAILING: [template: string, problem: string][] = [
  ["{{.Name.Foo}}", `:1:7: executing "" at <.Name.Foo>: can't evaluate field Foo in type string`],
  ["{{range .Name}}{{end}}", `:1:8: executing "" at <.Name>: range can't iterate over default`],
  ["{{nil}}", `:1:2: executing "" at <nil>: nil is not a command`],
  ["{{len 5}}", `:1:2: executing "" at <len 5>: error calling len: len of type int`],
  [
    `{{index (split "a,b,c" ",") 9}}`,
    `:1:2: executing "" at <index (split "a,b,c" ",") 9>: error calling index: index out of range: 9`,
  ],
  [
    `{{slice "hello" 3 9}}`,
    `:1:2: executing "" at <slice "hello" 3 9>: error calling slice: index out of range: 9`,
  ],
  [
    `{{slice "hello" 3 1}}`,
    `:1:2: executing "" at <slice "hello" 3 1>: error calling slice: invalid slice index: 3 > 1`,
  ],
  [
    "{{lt true false}}",
    `:1:2: executing "" at <lt true false>: error calling lt: invalid type for comparison`,
  ],
  [
    `{{eq 1 "a"}}`,
    `:1:2: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison`,
  ],
  [
    `{{lt 1 "a"}}`,
    `:1:2: executing "" at <lt 1 "a">: error calling lt: incompatible types for comparison`,
  ],
  ["{{eq 1}}", `:1:2: executing "" at <eq 1>: error calling eq: missing argument for comparison`],
  ["{{lt 1}}", `:1:2: executing "" at <lt>: wrong number of args for lt: want 2 got 1`],
  ["{{upper}}", `:1:2: executing "" at <upper>: wrong number of args for upper: want 1 got 0`],
  [
    `{{upper "a" "b"}}`,
    `:1:2: executing "" at <upper>: wrong number of args for upper: want 1 got 2`,
  ],
  [
    `{{.Name "x"}}`,
    `:1:2: executing "" at <.Name>: Name has arguments but cannot be invoked as function`,
  ],
  [
    `{{.Endpoints.docker "x"}}`,
    `:1:12: executing "" at <.Endpoints.docker>: docker is not a method but has arguments`,
  ],
  ["{{1 2}}", `:1:2: executing "" at <1>: can't give argument to non-function 1`],
  [`{{"a" "b"}}`, `:1:2: executing "" at <"a">: can't give argument to non-function "a"`],
  ["{{call 5}}", `:1:2: executing "" at <call 5>: error calling call: non-function 5 of type int`],
  [
    "{{index .Endpoints 1}}",
    `:1:2: executing "" at <index .Endpoints 1>: error calling index: value has type int; should be string`,
  ],
  [
    "{{index nil 1}}",
    `:1:2: executing "" at <index nil 1>: error calling index: index of untyped nil`,
  ],
  ["{{json}}", `:1:2: executing "" at <json>: wrong number of args for json: want 1 got 0`],
  [`{{split "a" }}`, `:1:2: executing "" at <split>: wrong number of args for split: want 2 got 1`],
  [
    "{{range $i, $c := .Name}}{{end}}",
    `:1:18: executing "" at <.Name>: range can't iterate over default`,
  ],
  ["{{or}}", `:1:2: executing "" at <or>: wrong number of args for or: want at least 1 got 0`],
  ["{{not}}", `:1:2: executing "" at <not>: wrong number of args for not: want 1 got 0`],
  ["{{ne 1 2 3}}", `:1:2: executing "" at <ne>: wrong number of args for ne: want 2 got 3`],
];

for (const [template, problem] of FAILING) {
  Deno.test(`execute() fails in Docker's words on ${template}`, () => {
    const compiled = compileTemplate(template);
    assert.throws(() => compiled.execute(DATA), {
      name: "EngineError",
      kind: "invalid",
      message: `template parsing error: template: ${problem}`,
    });
  });
}

const CONTAINER = {
  Id: "8f1c",
  Config: { Labels: { "com.example.role": "web", tier: "1" }, Env: ["A=1", "B=2"], Cmd: null },
  State: { Pid: 42, Running: true, Health: null },
  Empty: {},
  Ports: new Map<string, unknown>([["80/tcp", [{ HostPort: "8080" }]], ["53/udp", null]]),
  Label: (name: unknown) => ({ role: "web" } as Record<string, string>)[String(name)] ?? "",
  Size: () => "7.8MB",
};

const OWN: [template: string, text: string][] = [
  ["{{.Config.Labels}}", "map[com.example.role:web tier:1]"],
  ['{{index .Config.Labels "com.example.role"}}', "web"],
  ['[{{index .Config.Labels "none"}}]', "[]"],
  ['[{{index .Empty "none"}}]', "[]"],
  ["{{.Config.Labels.none}}", "<no value>"],
  ["{{.Config.Cmd}}", "<no value>"],
  ["{{json .Config.Cmd}}", "null"],
  ["{{.Config.Env}}", "[A=1 B=2]"],
  ["{{range .Config.Env}}{{println .}}{{end}}", "A=1\nB=2\n"],
  ["{{range .Config.Cmd}}x{{else}}none{{end}}", "none"],
  ['{{join .Config.Env ","}}', "A=1,B=2"],
  ["{{.State}}", "{42 true <nil>}"],
  ["{{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}}", "-"],
  ["{{if .Empty}}full{{else}}empty{{end}}", "empty"],
  ["{{with .State}}{{.Pid}} {{$.Id}}{{end}}", "42 8f1c"],
  ['{{.Label "role"}}', "web"],
  ['{{"role" | .Label | upper}}', "WEB"],
  ["{{.Size}}", "7.8MB"],
  ["{{range $port, $to := .Ports}}{{$port}} {{end}}", "53/udp 80/tcp "],
  ['{{(index (index .Ports "80/tcp") 0).HostPort}}', "8080"],
  ["{{json .Ports}}", '{"53/udp":null,"80/tcp":[{"HostPort":"8080"}]}'],
  ["a{{/* no */}}b\n{{- /* trimmed */ -}}\n c", "abc"],
];

for (const [template, text] of OWN) {
  Deno.test(`execute() makes ${JSON.stringify(text)} of ${JSON.stringify(template)}`, () => {
    assert.equal(compileTemplate(template).execute(CONTAINER), text);
  });
}

Deno.test("execute() leaves methods out of json and keeps a struct's order", () => {
  const text = compileTemplate("{{json .}}").execute({ B: 1, A: () => 2, C: { z: 1, a: 2n } });
  assert.equal(text, '{"B":1,"C":{"a":2,"z":1}}');
});

const OWN_FAILURES: [template: string, problem: string][] = [
  ["{{.Nope}}", `:1:2: executing "" at <.Nope>: can't evaluate field Nope in type struct`],
  [
    "{{.State.Health.Status}}",
    ':1:8: executing "" at <.State.Health.Status>: nil pointer evaluating interface {}.Status',
  ],
  [
    "{{.constructor}}",
    `:1:2: executing "" at <.constructor>: can't evaluate field constructor in type struct`,
  ],
  ["line\n  {{.Id.X}}", `:2:7: executing "" at <.Id.X>: can't evaluate field X in type string`],
  [
    '{{(index (index .Ports "53/udp") 0).HostPort}}',
    ':1:3: executing "" at <index (index .Ports "53/udp") 0>: error calling index: index of untyped nil',
  ],
];

for (const [template, problem] of OWN_FAILURES) {
  Deno.test(`execute() refuses ${JSON.stringify(template)}`, () => {
    const compiled = compileTemplate(template);
    assert.throws(() => compiled.execute(CONTAINER), {
      message: `template parsing error: template: ${problem}`,
    });
  });
}

Deno.test("execute() does not reach prototypes", () => {
  const template = compileTemplate("{{.labels.constructor}} {{index .labels `toString`}}");
  assert.equal(template.execute({ labels: { a: 1 } }), "<no value> <no value>");
});

Deno.test("execute() lets a method's own error through", () => {
  const Broken = (): never => {
    throw new RangeError("a bug");
  };
  assert.throws(() => compileTemplate("{{.Broken}}").execute({ Broken }), RangeError);
});
