import assert from "node:assert/strict";
import { config, fakeClock, startRegistry } from "../_fake_registry_fixture.ts";
import { HttpTransport } from "./http_transport.ts";
import { RegistryClient } from "./client.ts";

interface Authority {
  folder: string;
  /** The authority's certificate. */
  ca: string;
  /** A server's certificate of that authority for 127.0.0.1, and its key. */
  server: { cert: string; key: string };
}

/** Makes an authority, and a server's certificate of it. */
async function withAuthority(action: (authority: Authority) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const openssl = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: folder }).output();
    assert(success, new TextDecoder().decode(stderr));
  };
  try {
    const common = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    await openssl(
      ...[...common, "-x509", "-subj", "/CN=Test authority", "-days", "2"],
      ...["-keyout", "ca.key", "-out", "ca.crt"],
    );
    await openssl(...common, "-subj", "/CN=registry", "-keyout", "s.key", "-out", "s.csr");
    await Deno.writeTextFile(`${folder}/s.ext`, "subjectAltName=IP:127.0.0.1\n");
    await openssl(
      ...["x509", "-req", "-in", "s.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", "2", "-extfile", "s.ext", "-out", "s.crt"],
    );
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    await action({
      folder,
      ca: await read("ca.crt"),
      server: { cert: await read("s.crt"), key: await read("s.key") },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const request = { method: "GET", headers: new Headers() };

Deno.test("HttpTransport.send() trusts the authorities in the host's folder", async () => {
  await withAuthority(async ({ folder, ca, server }) => {
    await using registry = await startRegistry(() => undefined, server);
    const url = new URL(`https://${registry.host}/v2/test/manifests/latest`);
    const stranger = new HttpTransport({ certificateFolders: [folder] });
    await assert.rejects(stranger.send(url, request), {
      kind: "unavailable",
      message: `Cannot reach registry "${registry.host}": its certificate is not trusted ` +
        `(UnknownIssuer), put its authority's certificate into /etc/tsd/certs.d/${registry.host}/ca.crt`,
    });
    await stranger.close();

    await Deno.mkdir(`${folder}/${registry.host}`);
    await Deno.writeTextFile(`${folder}/${registry.host}/any.crt`, ca);
    const friend = new HttpTransport({ certificateFolders: ["/nonexistent", folder] });
    const response = await friend.send(url, request);
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), registry.manifest);
    await friend.close();
  });
});

Deno.test({
  name: "RegistryClient accepts any certificate of insecure registries, and takes to HTTP",
  // node:https ignores rejectUnauthorized in older versions; see docs/configuration.md.
  ignore: !/^(2\.(9|\d\d)|[3-9])/.test(Deno.version.deno),
  async fn() {
    await withAuthority(async ({ server }) => {
      for (const tls of [server, {}]) {
        await using registry = await startRegistry(() => undefined, tls);
        await using from = new RegistryClient({
          // Loopback is insecure by itself.
          config: config(),
          clock: fakeClock(),
          credentials: { get: () => Promise.resolve(undefined) },
        });
        const { descriptor } = await from.resolve(registry.reference);
        assert.equal(descriptor.digest, registry.digest);
        const content = await from.readBlob(
          registry.reference,
          registry.layer,
          registry.layer.size,
        );
        assert.deepEqual(content, registry.content);
        const last = registry.content.length - 10;
        const { stream, offset } = await from.openBlob(registry.reference, registry.layer, last);
        assert.equal(offset, last);
        assert.equal((await new Response(stream as BodyInit).arrayBuffer()).byteLength, 10);
      }
    });
  },
});

Deno.test("HttpTransport.send() gives up on a server that does not answer", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `127.0.0.1:${listener.addr.port}`;
  const accepted = listener.accept();
  const transport = new HttpTransport({ responseMilliseconds: 50 });
  await assert.rejects(transport.send(new URL(`http://${host}/`), request), {
    kind: "unavailable",
    persistence: "transient",
    message: `Cannot reach registry "${host}": it does not answer in time`,
  });
  (await accepted).close();
  listener.close();
});

Deno.test("HttpTransport.send() quotes no query in its errors", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `127.0.0.1:${listener.addr.port}`;
  const closing = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(1000));
    await connection.write(new TextEncoder().encode("HTTP/9.9 nonsense\r\n\r\n"));
    connection.close();
  })();
  const transport = new HttpTransport();
  await assert.rejects(
    transport.send(new URL(`http://${host}/?token=s3cret`), request),
    (error) => {
      assert(error instanceof Error && error.name === "RegistryError");
      assert(!Deno.inspect(error).includes("s3cret"), error.message);
      return true;
    },
  );
  await closing;
  listener.close();
});

Deno.test("HttpTransport.send() uses the environment's proxies, but not for this machine", async () => {
  const seen: string[] = [];
  const proxy = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (incoming) => {
    seen.push(incoming.url);
    return new Response("from the proxy");
  });
  await using registry = await startRegistry();
  const far = "http://registry.invalid/";
  const near = `http://${registry.host}/v2/`;
  const script = `import { HttpTransport } from "${import.meta.resolve("./http_transport.ts")}";
    const transport = new HttpTransport();
    for (const url of ${JSON.stringify([far, near])}) {
      const answer = await transport.send(new URL(url), { method: "GET", headers: new Headers() })
        .then((response) => response.text(), (error) => error.message);
      console.log(answer === "from the proxy" ? "proxy" : "direct");
    }
    console.log(Deno.env.get("HTTP_PROXY") ?? Deno.env.get("http_proxy"));
    await transport.close();`;
  const address = `http://127.0.0.1:${proxy.addr.port}`;
  const cases: [env: Record<string, string>, expected: string][] = [
    [{ HTTP_PROXY: address }, "proxy direct"],
    [{ http_proxy: address }, "proxy direct"],
    [{ HTTP_PROXY: address, NO_PROXY: "registry.invalid" }, "direct direct"],
    [{ HTTP_PROXY: address, NO_PROXY: "*" }, "direct direct"],
  ];
  for (const [env, expected] of cases) {
    const path = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "/" };
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", "--ext=ts", script],
      env: { ...path, ...env },
      clearEnv: true,
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assert.equal(
      lines.join(" "),
      `${expected} ${address}`,
      new TextDecoder().decode(stderr),
    );
  }
  assert.deepEqual(seen, [far, far]);
  await proxy.shutdown();
});
