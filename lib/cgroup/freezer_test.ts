import assert from "node:assert/strict";
import { setFrozen } from "./freezer.ts";

Deno.test("setFrozen() writes v1's state, and reads back that it holds", async () => {
  const mountPoint = await Deno.makeTempDir();
  await Deno.mkdir(`${mountPoint}/tsd`);
  const layout = {
    version: "v1",
    hierarchies: [{ controllers: ["freezer"], mountPoint }],
  } as const;
  await assert.rejects(setFrozen("/tsd", true, layout), Deno.errors.NotFound);
  await Deno.writeTextFile(`${mountPoint}/tsd/freezer.state`, "THAWED\n");
  await setFrozen("/tsd", true, layout);
  assert.equal(await Deno.readTextFile(`${mountPoint}/tsd/freezer.state`), "FROZEN");
  await setFrozen("/tsd", false, layout);
  assert.equal(await Deno.readTextFile(`${mountPoint}/tsd/freezer.state`), "THAWED");
  await Deno.remove(mountPoint, { recursive: true });
});

Deno.test("setFrozen() waits for v2's event", async () => {
  const mountPoint = await Deno.makeTempDir();
  await Deno.mkdir(`${mountPoint}/tsd`);
  const layout = { version: "v2", hierarchies: [{ controllers: [], mountPoint }] } as const;
  await Deno.writeTextFile(`${mountPoint}/tsd/cgroup.freeze`, "0");
  await Deno.writeTextFile(`${mountPoint}/tsd/cgroup.events`, "populated 1\nfrozen 0\n");
  const frozen = setFrozen("/tsd", true, layout);
  await Deno.writeTextFile(`${mountPoint}/tsd/cgroup.events`, "populated 1\nfrozen 1\n");
  await frozen;
  assert.equal(await Deno.readTextFile(`${mountPoint}/tsd/cgroup.freeze`), "1");
  await Deno.remove(mountPoint, { recursive: true });
});

Deno.test("setFrozen() says so where there is no freezer", async () => {
  await assert.rejects(setFrozen("/tsd", true, { version: "none", hierarchies: [] }), {
    kind: "unavailable",
    message: 'Cannot freeze the cgroup "/tsd": this host has no freezer',
  });
});
