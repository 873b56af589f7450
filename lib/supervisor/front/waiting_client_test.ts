import assert from "node:assert/strict";
import { ClientConnection } from "./client_connection.ts";
import type { ManagedContainer } from "../run/managed_container.ts";
import { encodeFrame, encodeMessage, FrameType, INPUT_WINDOW } from "../protocol.ts";
import { WaitingClient } from "./waiting_client.ts";

const CONTAINER = {} as ManagedContainer;
const encoder = new TextEncoder();

/** Both ends of a connection to a supervisor. */
async function connected(
  test: (client: Deno.Conn, waiting: WaitingClient) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/socket`;
    using listener = Deno.listen({ transport: "unix", path });
    const client = await Deno.connect({ transport: "unix", path });
    const connection = new ClientConnection(await listener.accept());
    try {
      await test(client, new WaitingClient(connection));
    } finally {
      connection.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function texts(waiting: WaitingClient, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    found.push(new TextDecoder().decode((await waiting.client.next())!.payload));
  }
  return found;
}

Deno.test("WaitingClient keeps what comes before the start, in its order", async () => {
  await connected(async (client, waiting) => {
    const ended = waiting.wait();
    const send = (text: string) => client.write(encodeFrame(FrameType.STDIN, encoder.encode(text)));
    await send("one");
    await client.write(encodeMessage({ kind: "closeStdin" }));
    assert.ok(waiting.started(CONTAINER));
    assert.equal(await ended, CONTAINER);
    await send("two");
    assert.deepEqual(await texts(waiting, 3), ["one", '{"kind":"closeStdin"}', "two"]);
    client.close();
  });
});

Deno.test("WaitingClient tells that a client has gone, which takes no output then", async () => {
  for (const isAsked of [true, false]) {
    await connected(async (client, waiting) => {
      const ended = waiting.wait();
      if (isAsked) await client.write(encodeMessage({ kind: "detach" }));
      else client.close();
      assert.equal(await ended, undefined);
      assert.ok(!waiting.started(CONTAINER));
      if (isAsked) client.close();
    });
  }
});

Deno.test("WaitingClient refuses more than a client may send before its input is taken", async () => {
  await connected(async (client, waiting) => {
    const refused = assert.rejects(waiting.wait(), { kind: "invalid" });
    const frame = encodeFrame(FrameType.STDIN, new Uint8Array(INPUT_WINDOW));
    for (let sent = 0; sent < 3; sent++) {
      for (let at = 0; at < frame.length;) at += await client.write(frame.subarray(at));
    }
    await refused;
    assert.ok(!waiting.started(CONTAINER));
    client.close();
  });
});
