import assert from "node:assert/strict";
import { goTime, rfc3339 } from "./timestamp.ts";

// 2024-01-27 00:30:48 UTC.
const MOMENT = 1_706_315_448_000;

Deno.test("goTime() and rfc3339() agree with the machine's zone", () => {
  assert.equal(Date.parse(rfc3339(MOMENT)), MOMENT);
  const [date, time, offset] = goTime(MOMENT).split(" ");
  assert.equal(Date.parse(`${date}T${time}${offset}`), MOMENT);
});

Deno.test("goTime() and rfc3339() write zones as Go does", async () => {
  const script = `
    import { goTime, rfc3339 } from ${
    JSON.stringify(new URL("./timestamp.ts", import.meta.url).href)
  };
    console.log(goTime(${MOMENT}), rfc3339(${MOMENT}));`;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(path, script);
  const cases = [
    ["UTC", "2024-01-27 00:30:48 +0000 UTC 2024-01-27T00:30:48Z\n"],
    ["Europe/Berlin", "2024-01-27 01:30:48 +0100 CET 2024-01-27T01:30:48+01:00\n"],
    ["Asia/Kolkata", "2024-01-27 06:00:48 +0530 +0530 2024-01-27T06:00:48+05:30\n"],
  ] as const;
  try {
    for (const [zone, expected] of cases) {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--no-config", path],
        env: { TZ: zone },
      }).output();
      assert.equal(new TextDecoder().decode(stdout), expected);
    }
  } finally {
    await Deno.remove(path);
  }
});
