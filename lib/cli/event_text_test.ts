import assert from "node:assert/strict";
import { eventFields, eventLine } from "./event_text.ts";
import { compileTemplate } from "./template/mod.ts";

const TIME = Date.parse("2026-01-02T03:04:05.067Z");
const START = {
  id: 1,
  time: TIME,
  type: "container",
  action: "start",
  actorId: "abc",
  attributes: { name: "web", image: "alpine" },
} as const;

Deno.test("eventLine() writes the time, what happened, and what is known of it in order", () => {
  // In the machine's zone, whichever that is.
  const line = eventLine(START);
  const [moment = "", ...rest] = line.split(" ");
  assert.match(moment, /T\d\d:04:05\.067000000(Z|[+-]\d\d:\d\d)$/);
  assert.equal(Date.parse(moment), TIME);
  assert.equal(rest.join(" "), "container start abc (image=alpine, name=web)");
  assert.match(eventLine({ ...START, type: "image", attributes: {} }), / image start abc$/);
});

Deno.test("eventFields() has Docker's fields in Docker's order", () => {
  assert.equal(
    JSON.stringify(eventFields(START)),
    '{"status":"start","id":"abc","from":"alpine","Type":"container","Action":"start",' +
      '"Actor":{"ID":"abc","Attributes":{"name":"web","image":"alpine"}},"scope":"local",' +
      `"time":${Math.floor(TIME / 1000)},"timeNano":${TIME}000000}`,
  );
  const network = { ...START, type: "network", attributes: {} } as const;
  assert.deepEqual(Object.keys(eventFields(network)).slice(0, 2), ["Type", "Action"]);
});

Deno.test("eventFields() has the names that templates use", () => {
  const cases: [template: string, expected: string][] = [
    ["{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}", "container start abc web"],
    ["{{.Status}} {{.ID}} {{.From}} {{.Scope}}", "start abc alpine local"],
    ["{{.Time}} {{.TimeNano}}", `${Math.floor(TIME / 1000)} ${TIME}000000`],
  ];
  for (const [template, expected] of cases) {
    assert.equal(compileTemplate(template).execute(eventFields(START)), expected);
  }
});
