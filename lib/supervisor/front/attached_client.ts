/**
 * A client that is attached to a container: it gets the output as one of the container's sinks, and
 * what it sends goes to the command.
 *
 * @module
 */

import { Signal } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import type { ClientConnection } from "./client_connection.ts";
import { InputQueue } from "../run/input_queue.ts";
import type { ManagedContainer } from "../run/managed_container.ts";
import { type ClientMessage, decodeMessage, FrameType } from "../protocol.ts";

/**
 * Passes on what a client sends, until the command has ended or the client is gone.
 *
 * @param client The client, which is a sink of the container's output.
 * @param container The container, which runs.
 * @param owner Whether the command is killed when the client goes.
 */
export async function serveAttached(
  client: ClientConnection,
  container: ManagedContainer,
  owner: boolean,
): Promise<void> {
  const { run } = container;
  const input = new InputQueue(run, {
    onTaken: (bytes) => client.send({ kind: "inputTaken", bytes }),
    onError: (error) => client.fail(error),
  });
  let ended = false;
  const exit = container.ended.then((exitCode) => {
    ended = true;
    client.send({ kind: "exited", exitCode });
  });
  const listening = listen(client, container, input).finally(() => {
    if (ended) return;
    container.removeSink(client);
    input.leave();
    if (owner) run?.signal(Signal.SIGKILL);
  });
  await Promise.race([exit, listening]);
}

async function listen(
  client: ClientConnection,
  container: ManagedContainer,
  input: InputQueue,
): Promise<void> {
  const { run } = container;
  for (let frame; (frame = await client.next());) {
    if (frame.type === FrameType.STDIN) {
      input.write(frame.payload);
      continue;
    }
    const message = decodeMessage<ClientMessage>(frame);
    if (message.kind === "closeStdin") input.close();
    else if (message.kind === "resize") container.resize(message.size);
    else if (message.kind === "detach") container.detached();
    else if (message.kind === "signal") run?.signal(message.signal);
    else throw new EngineError(`Cannot go on with "${message.kind}"`, { kind: "invalid" });
  }
}
