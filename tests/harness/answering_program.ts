/**
 * Answers whoever asks over TCP or UDP with a name and the asker's address.
 *
 * @module
 */

const [name] = Deno.args;

function answer(address: Deno.NetAddr): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${name} ${address.hostname.replace("::ffff:", "")}\n`);
}

async function serve(listener: Deno.Listener): Promise<void> {
  for await (const connection of listener) {
    await connection.write(answer(connection.remoteAddr as Deno.NetAddr));
    connection.close();
  }
}

async function serveDatagrams(socket: Deno.DatagramConn): Promise<void> {
  for await (const [, asker] of socket) await socket.send(answer(asker as Deno.NetAddr), asker);
}

// Sockets of IPv6 serve IPv4 as well.
const hostname = "::";
for (const port of [80, 81]) void serve(Deno.listen({ hostname, port }));
void serveDatagrams(Deno.listenDatagram({ transport: "udp", hostname, port: 53 }));
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
