import assert from "node:assert/strict";
import { formatInspect } from "./format_output.ts";

const CONTAINER = {
  ExecIDs: null,
  Config: { Labels: null, Volumes: null, Entrypoint: null },
  HostConfig: { Binds: null, Init: null },
  State: { Health: null },
};

const CASES: [template: string, text: string][] = [
  ["{{.ExecIDs}} {{.HostConfig.Binds}} {{len .ExecIDs}}", "[] [] 0"],
  ["{{.Config.Volumes}} {{.Config.Labels}} {{len .Config.Labels}}", "map[] map[] 0"],
  ["{{.State.Health}} {{.HostConfig.Init}}", "<nil> <nil>"],
  ['[{{index .Config.Labels "none"}}] {{.Config.Labels.none}}', "[] <no value>"],
  ["{{json .ExecIDs}} {{json .Config}}", 'null {"Labels":null,"Volumes":null,"Entrypoint":null}'],
  ["{{json .Config.Volumes}} {{json .State.Health}}", "null null"],
  ['{{range .HostConfig.Binds}}x{{else}}none{{end}} {{join .Config.Entrypoint " "}}', "none "],
  ["{{if .Config.Labels}}some{{else}}none{{end}} {{with .State.Health}}{{.}}{{end}}", "none "],
];

for (const [template, text] of CASES) {
  Deno.test(`formatInspect() makes ${JSON.stringify(text)} of ${JSON.stringify(template)}`, async () => {
    assert.equal(await formatInspect([CONTAINER], template), `${text}\n`);
  });
}

Deno.test("formatInspect() refuses fields of what is not there", async () => {
  await assert.rejects(formatInspect([CONTAINER], "{{.State.Health.Status}}"), { kind: "invalid" });
});
