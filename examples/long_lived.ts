/**
 * A container that lives on: commands executed in it, its log, and what it uses.
 *
 * Usage: deno run -A examples/long_lived.ts
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a script that prints

import { Engine } from "../lib/mod.ts";

const decoder = new TextDecoder();
using engine = Engine.open();
await engine.images.pull("busybox");
const { id } = await engine.containers.create({
  image: "busybox",
  command: ["sh", "-c", "echo started; exec sleep 600"],
});
try {
  await engine.containers.start(id);
  const { exitCode, stdout } = await engine.containers.exec(id, ["id", "-u"]);
  console.log("user:", decoder.decode(stdout).trim(), "exit code:", exitCode);

  // Followed, as the container may not have written yet what is to be read.
  log: for await (const records of engine.containers.logs(id, { follow: true })) {
    for (const { bytes } of records) {
      console.log("log:", decoder.decode(bytes).trim());
      break log;
    }
  }

  const { memoryUsage, pids } = await engine.containers.stats(id);
  console.log("processes:", pids, "memory in use:", memoryUsage > 0);
} finally {
  await engine.containers.remove(id, { force: true });
}
