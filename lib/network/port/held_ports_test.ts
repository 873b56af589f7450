import assert from "node:assert/strict";
import { bindSocket, close } from "../../../ffi/mod.ts";
import { Database } from "../../state/mod.ts";
import { HeldPorts } from "./held_ports.ts";
import { parsePortRequests } from "./port_request.ts";
import { PortStore } from "./port_store.ts";

const WEB = { id: "a".repeat(64), name: "web" };
const OTHER = { id: "b".repeat(64), name: "other" };
const ADDRESSES = { address4: "10.1.0.2" };

/** An instance with two containers on paper. */
class Paper implements Disposable {
  readonly root: string = Deno.makeTempDirSync({ prefix: "tsd_ports_" });
  readonly database: Database = Database.open(this.root);
  readonly store: PortStore = new PortStore(this.database);
  readonly held: HeldPorts = new HeldPorts(this.store);

  constructor() {
    for (const { id, name } of [WEB, OTHER]) {
      this.database.run(
        `INSERT INTO containers (id, name, image_name, created_at, settings, status)
           VALUES (?, ?, 'image', 0, '{}', 'created')`,
        id,
        name,
      );
    }
  }

  take(owner: typeof WEB, ...texts: string[]): number[] {
    this.held.take(owner, texts.flatMap(parsePortRequests), ADDRESSES);
    return this.store.list(owner.id).map(({ hostPort }) => hostPort);
  }

  [Symbol.dispose](): void {
    for (const { id } of [WEB, OTHER]) this.held.release(id);
    this.database.close();
    Deno.removeSync(this.root, { recursive: true });
  }
}

/** A port that is free, and most likely stays so. */
function freePort(): number {
  const { fd, port } = bindSocket({ protocol: "tcp", address: new Uint8Array(4), port: 0 });
  close(fd);
  return port;
}

Deno.test("HeldPorts.take() holds and records ports", () => {
  using paper = new Paper();
  const port = freePort();
  assert.deepEqual(paper.take(WEB, `127.0.0.1:${port}:80`, `${port}:53/udp`), [port, port]);
  assert.throws(() => Deno.listen({ hostname: "127.0.0.1", port }), Deno.errors.AddrInUse);
  assert.deepEqual({ ...paper.store.list(WEB.id)[0] }, {
    containerId: WEB.id,
    containerAddress: "10.1.0.2",
    containerPort: 80,
    protocol: "tcp",
    hostAddress: "127.0.0.1",
    hostPort: port,
  });
  assert.ok(paper.held.release(WEB.id));
  Deno.listen({ hostname: "127.0.0.1", port }).close();
});

Deno.test("HeldPorts.take() refuses another container's port, at whichever address", () => {
  using paper = new Paper();
  const port = freePort();
  paper.take(WEB, `127.0.0.1:${port}:80`);
  for (const [text, host] of [[`${port}:80`, "0.0.0.0"], [`127.0.0.1:${port}:80`, "127.0.0.1"]]) {
    assert.throws(() => paper.take(OTHER, text!), {
      message: `Cannot start container "other": driver failed programming external connectivity ` +
        `on endpoint other (${OTHER.id}): Bind for ${host}:${port} failed: port is already ` +
        "allocated",
      kind: "conflict",
    });
  }
  assert.deepEqual(paper.store.list(OTHER.id), []);
});

Deno.test("HeldPorts.take() refuses a port that another program listens on", () => {
  using paper = new Paper();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  assert.throws(() => paper.take(WEB, `${port}:80`), {
    message: `Cannot start container "web": driver failed programming external connectivity on ` +
      `endpoint web (${WEB.id}): failed to bind host port for 0.0.0.0:${port}:10.1.0.2:80/tcp: ` +
      "address already in use",
    kind: "conflict",
  });
});

Deno.test("HeldPorts.take() takes all ports or none", () => {
  using paper = new Paper();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const free = freePort();
  const { port } = listener.addr as Deno.NetAddr;
  assert.throws(() => paper.take(WEB, `${free}:80`, `${port}:81`), /address already in use/);
  assert.deepEqual(paper.store.list(), []);
  Deno.listen({ hostname: "127.0.0.1", port: free }).close();
});

Deno.test("HeldPorts.take() chooses a free port, also among a few", () => {
  using paper = new Paper();
  const [chosen] = paper.take(WEB, "80");
  assert.ok(chosen! > 1023);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  if (port < 65_530) {
    const [other] = paper.take(OTHER, `127.0.0.1:${port}-${port + 5}:80`);
    assert.ok(other! > port && other! <= port + 5);
  }
});

Deno.test("HeldPorts.take() holds one port for both versions of IP", () => {
  using paper = new Paper();
  const addresses = { address4: "10.1.0.2", address6: "fd01::2" };
  paper.held.take(WEB, parsePortRequests("80"), addresses);
  const [four, six] = paper.store.list(WEB.id);
  assert.equal(four?.hostPort, six?.hostPort);
  assert.deepEqual([four?.hostAddress, six?.hostAddress], ["0.0.0.0", "::"]);
  assert.equal(six?.containerAddress, "fd01::2");
});

Deno.test("HeldPorts.take() refuses addresses that nothing leads from", () => {
  using paper = new Paper();
  const cases = {
    "203.0.113.77:0:80": /203.0.113.77:0:10.1.0.2:80\/tcp: cannot assign requested address/,
    "[::]:8080:80": /Cannot publish \[::\]:8080:80\/tcp: the container has no IPv6 address/,
    "[::1]:8080:80": /no packet leaves ::1, publish at 127.0.0.1/,
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.throws(() => paper.take(WEB, text), expected);
  }
  assert.deepEqual(paper.store.list(), []);
});

Deno.test("HeldPorts.adopt() holds what another process held, and tells what it cannot", () => {
  using paper = new Paper();
  const [first, second] = paper.take(WEB, "127.0.0.1::80", "127.0.0.1::81");
  paper.held.release(WEB.id);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: second! });
  const heirs = new HeldPorts(paper.store);
  try {
    assert.equal(heirs.adopt(WEB).length, 1);
    assert.throws(
      () => Deno.listen({ hostname: "127.0.0.1", port: first! }),
      Deno.errors.AddrInUse,
    );
  } finally {
    heirs.release(WEB.id);
  }
});

Deno.test("PortStore.setAddresses() moves ports to other addresses", () => {
  using paper = new Paper();
  const addresses = { address4: "10.1.0.2", address6: "fd01::2" };
  paper.held.take(WEB, parsePortRequests("80"), addresses);
  paper.store.setAddresses(WEB.id, { address4: "10.2.0.7" });
  assert.deepEqual(
    paper.store.list(WEB.id).map(({ containerAddress }) => containerAddress),
    ["10.2.0.7", ""],
  );
});
