import assert from "node:assert/strict";
import { Errno, isErrno } from "./error.ts";
import { close } from "./fd.ts";
import { bindSocket } from "./socket.ts";
import { waitUntil } from "../tests/harness/wait_until.ts";

/** Of this process alone: ports of 127.0.0.1 are taken by others as they come. */
const LOOPBACK = new Uint8Array([127, 77, Deno.pid >> 8 & 0xff, Deno.pid & 0xff]);
const HOSTNAME = LOOPBACK.join(".");

Deno.test("bindSocket() holds a port that nothing else can be bound to", () => {
  for (const protocol of ["tcp", "udp"] as const) {
    const { fd, port } = bindSocket({ protocol, address: LOOPBACK, port: 0 });
    try {
      assert.ok(port > 1023, `${port}`);
      for (const ignoreClosing of [false, true]) {
        assert.throws(
          () => bindSocket({ protocol, address: LOOPBACK, port }, ignoreClosing),
          (error) => isErrno(error, Errno.EADDRINUSE),
        );
      }
      if (protocol === "tcp") {
        assert.throws(() => Deno.listen({ hostname: HOSTNAME, port }), Deno.errors.AddrInUse);
      }
    } finally {
      close(fd);
    }
    close(bindSocket({ protocol, address: LOOPBACK, port }).fd);
  }
});

Deno.test("bindSocket() gets no port that is listened on, whatever it ignores", () => {
  using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  for (const address of [LOOPBACK, new Uint8Array(4)]) {
    assert.throws(
      () => bindSocket({ protocol: "tcp", address, port }, true),
      (error) => isErrno(error, Errno.EADDRINUSE),
    );
  }
});

Deno.test("bindSocket() gets a port whose connections are being closed where it ignores them", async () => {
  const listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const client = await Deno.connect({ hostname: HOSTNAME, port });
  const served = await listener.accept();
  // Who closes first keeps the port for a minute (TIME_WAIT).
  served.close();
  assert.equal(await client.read(new Uint8Array(1)), null);
  client.close();
  listener.close();
  const address = { protocol: "tcp", address: LOOPBACK, port } as const;
  assert.throws(() => bindSocket(address), (error) => isErrno(error, Errno.EADDRINUSE));
  // The runtime lets go of a listener some time after its close.
  const { fd } = await waitUntil("the port", () => {
    try {
      return bindSocket(address, true);
    } catch (error) {
      if (isErrno(error, Errno.EADDRINUSE)) return undefined;
      throw error;
    }
  });
  try {
    assert.throws(() => Deno.listen({ hostname: HOSTNAME, port }), Deno.errors.AddrInUse);
  } finally {
    close(fd);
  }
});

Deno.test("bindSocket() binds IPv4 and IPv6 apart", () => {
  const four = bindSocket({ protocol: "tcp", address: new Uint8Array(4), port: 0 });
  try {
    const any = { protocol: "tcp", address: new Uint8Array(16), port: four.port } as const;
    close(bindSocket(any).fd);
  } finally {
    close(four.fd);
  }
});

Deno.test("bindSocket() tells that the host does not have an address", () => {
  const address = new Uint8Array([203, 0, 113, 77]);
  assert.throws(
    () => bindSocket({ protocol: "tcp", address, port: 0 }),
    (error) => isErrno(error, Errno.EADDRNOTAVAIL),
  );
});
