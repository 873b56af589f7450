/**
 * Two containers on a network of their own, of which one serves a volume, while events are followed.
 *
 * Usage: deno run -A examples/network_and_volume.ts
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a script that prints

import { Engine } from "../lib/mod.ts";

const image = "busybox";
const network = "example-net";
const volume = "example-pages";

using engine = Engine.open();
await engine.images.pull(image);

await using undo = new AsyncDisposableStack();
await engine.networks.create({ name: network });
undo.defer(async () => void await engine.networks.remove(network));
await engine.volumes.create({ name: volume });
undo.defer(() => engine.volumes.remove(volume));

const watched = followContainers(Date.now());

await engine.run(image, ["sh", "-c", "echo hello from a volume >/pages/greeting"], {
  autoRemove: true,
  volumes: [{ name: volume, target: "/pages", readonly: false }],
});
const server = await engine.containers.create({
  image,
  command: ["httpd", "-f", "-h", "/pages"],
  name: "example-server",
  network,
  volumes: [{ name: volume, target: "/pages", readonly: true }],
});
undo.defer(() => engine.containers.remove(server.id, { force: true }));
await engine.containers.start(server.id);

// The server may not listen yet.
const ask = "for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://example-server/greeting && exit; " +
  "sleep 1; done; exit 1";
const { exitCode, stdout } = await engine.run(image, ["sh", "-c", ask], {
  autoRemove: true,
  network,
});
console.log("answer:", new TextDecoder().decode(stdout).trim(), "exit code:", exitCode);

await engine.containers.kill(server.id);
console.log("events of the server:", (await watched).join(" "));

/** Collects what happens to the server until it has died. */
async function followContainers(since: number): Promise<string[]> {
  const actions: string[] = [];
  const filters = { type: ["container"], container: ["example-server"] };
  for await (const { action } of engine.system.events({ since, filters })) {
    actions.push(action);
    if (action === "die") break;
  }
  return actions;
}
