import assert from "node:assert/strict";
import { checkDriver, isSharedMount, localMount, resolveServer } from "./local_driver.ts";

const WRONG: [options: Record<string, string>, reason: string][] = [
  [{ foo: "bar" }, 'invalid option: "foo"'],
  [{ type: "tmpfs" }, 'missing required option: "device"'],
  [{ device: "tmpfs" }, 'missing required option: "type"'],
  [{ o: "size=1m" }, 'missing required option: "device"'],
  [{ o: "size=1m", device: "tmpfs" }, 'missing required option: "type"'],
  [{ type: "", device: "tmpfs" }, 'missing required option: "type"'],
];

Deno.test("checkDriver() says what is wrong with options in Docker's words", () => {
  checkDriver("data", "local", {});
  checkDriver("data", "local", { type: "tmpfs", device: "tmpfs", o: "size=1m" });
  for (const [options, reason] of WRONG) {
    assert.throws(() => checkDriver("data", "local", options), {
      kind: "invalid",
      message: `create data: ${reason}`,
    });
  }
  assert.throws(() => checkDriver("data", "nfs", {}), {
    kind: "notFound",
    message: 'create data: error looking up volume plugin nfs: plugin "nfs" not found',
  });
});

Deno.test("localMount() tells what is mounted for a volume", () => {
  assert.equal(localMount({}), undefined);
  assert.deepEqual(localMount({ type: "tmpfs", device: "tmpfs", o: "size=1m,uid=5" }), {
    type: "tmpfs",
    source: "tmpfs",
    options: ["size=1m", "uid=5"],
  });
  assert.deepEqual(localMount({ type: "none", device: "/srv", o: "bind" }), {
    type: "bind",
    source: "/srv",
    options: ["bind"],
  });
});

Deno.test("resolveServer() replaces a server's name by its address, for network file systems", async () => {
  const nfs = (address: string) => ({
    type: "nfs",
    source: ":/export",
    options: ["rw", `addr=${address}`],
  });
  const { options } = await resolveServer(nfs("localhost"));
  assert.match(options[1]!, /^addr=(127\.0\.0\.1|::1)$/);
  for (const mount of [nfs("192.0.2.1"), nfs("::1"), { ...nfs("localhost"), type: "ext4" }]) {
    assert.deepEqual(await resolveServer(mount), mount);
  }
  await assert.rejects(resolveServer(nfs("nosuch.invalid")), {
    kind: "unavailable",
    message: 'Cannot mount ":/export": the server "nosuch.invalid" has no address',
  });
});

Deno.test("isSharedMount() tells memory and devices from folders and servers", () => {
  const mount = (type: string, source: string) => isSharedMount({ type, source, options: [] });
  assert(mount("tmpfs", "tmpfs"));
  assert(mount("ext4", "/dev/sdb1"));
  assert(!mount("bind", "/srv/data"));
  assert(!mount("nfs", ":/export"));
  assert(!mount("nfs4", "server:/export"));
  assert(!mount("cifs", "//server/share"));
  assert(!mount("overlay", "overlay"));
});
