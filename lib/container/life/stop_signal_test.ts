import assert from "node:assert/strict";
import { parseSignal } from "./stop_signal.ts";

const SIGNALS: [text: string, number: number][] = [
  ["SIGTERM", 15],
  ["TERM", 15],
  ["term", 15],
  ["sigKill", 9],
  ["15", 15],
  ["1", 1],
  ["SIGCLD", 17],
  ["iot", 6],
  ["POLL", 29],
  ["64", 64],
  ["RTMIN", 34],
  ["SIGRTMIN+3", 37],
  ["rtmin+30", 64],
  ["SIGRTMAX", 64],
  ["RTMAX-14", 50],
];

Deno.test("parseSignal() reads names and numbers", () => {
  for (const [text, number] of SIGNALS) assert.equal(parseSignal(text), number, text);
});

Deno.test("parseSignal() refuses the rest", () => {
  const wrong = ["", "0", "65", "-1", "1.5", " 15", "SIG", "SIGNOPE", "TERM ", "RTMIN+31"];
  for (const text of [...wrong, "RTMAX+1", "RTMIN+", "constructor", "SIGSIGTERM"]) {
    assert.throws(() => parseSignal(text), {
      name: "EngineError",
      kind: "invalid",
      message: `invalid signal: ${text}`,
    });
  }
});
