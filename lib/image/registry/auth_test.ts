import assert from "node:assert/strict";
import type { Credentials } from "./credentials.ts";
import { config, fakeClock, refusal, startRegistry } from "../_fake_registry_fixture.ts";
import { RegistryClient } from "./client.ts";
import { parseReference } from "../spec/reference.ts";

const alice: Credentials = { kind: "password", username: "älice", password: "p:w" };
const ALICE_BASIC = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode("älice:p:w")))}`;

interface TokenServer extends AsyncDisposable {
  realm: string;
  requests: {
    method: string;
    query: URLSearchParams;
    body: string;
    authorization: string | null;
  }[];
}

/** Starts a token server; without `answer` it gives the token `t1`, then `t2` and so on. */
function startTokenServer(answer?: (request: Request) => Response | undefined): TokenServer {
  const requests: TokenServer["requests"] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    requests.push({
      method: request.method,
      query: new URL(request.url).searchParams,
      body: await request.text(),
      authorization: request.headers.get("authorization"),
    });
    return answer?.(request) ?? Response.json({ token: `t${requests.length}` });
  });
  const realm = `http://127.0.0.1:${server.addr.port}/token`;
  return { realm, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Lets requests pass whose `Authorization` is accepted, and challenges the others. */
function guard(challenge: () => string, accepts: (authorization: string | null) => boolean) {
  return (request: Request) =>
    accepts(request.headers.get("authorization")) ? undefined : refusal(401, "UNAUTHORIZED", {
      "www-authenticate": challenge(),
    });
}

function client(credentials?: Credentials, clock = fakeClock()): RegistryClient {
  const source = { get: () => Promise.resolve(credentials) };
  return new RegistryClient({ config: config(), clock, credentials: source });
}

Deno.test("Basic authentication is answered when it is asked for", async () => {
  const challenge = () => 'Basic realm="r"';
  await using registry = await startRegistry(guard(challenge, (given) => given === ALICE_BASIC));
  await using from = client(alice);
  await from.resolve(registry.reference);
  await from.readBlob(registry.reference, registry.layer, registry.layer.size);
  const sent = registry.seen.map(({ authorization }) => authorization);
  assert.deepEqual(sent, [null, ALICE_BASIC, ALICE_BASIC], "credentials are sent only when asked");
});

Deno.test("wrong or missing Basic credentials are denied after one try", async () => {
  await using registry = await startRegistry(guard(() => 'Basic realm="r"', () => false));
  const name = `${registry.host}/test`;
  for (const [credentials, requests] of [[alice, 2], [undefined, 1]] as const) {
    registry.seen.length = 0;
    await using from = client(credentials);
    await assert.rejects(from.resolve(registry.reference), {
      kind: "denied",
      message: `Cannot pull image "${name}:latest": pull access denied for ${name}, repository ` +
        "does not exist or may require 'tsd login': unauthorized: unauthorized",
    });
    assert.equal(registry.seen.length, requests);
  }
});

Deno.test("a token is fetched anonymously, and used for the following requests", async () => {
  await using tokens = startTokenServer();
  const challenge = () =>
    `Bearer realm="${tokens.realm}",service="the registry",scope="repository:test:pull"`;
  await using registry = await startRegistry(guard(challenge, (given) => given === "Bearer t1"));
  await using from = client();
  await from.resolve(registry.reference);
  await Promise.all([1, 2, 3].map(() => from.manifest(registry.reference, registry.digest)));
  assert.equal(tokens.requests.length, 1);
  const [{ method, query, authorization }] = tokens.requests as [TokenServer["requests"][0]];
  assert.deepEqual([method, authorization], ["GET", null]);
  assert.deepEqual([...query], [["service", "the registry"], ["scope", "repository:test:pull"]]);
});

Deno.test("requests that are challenged at once share one token", async () => {
  await using tokens = startTokenServer();
  const challenge = () => `Bearer realm="${tokens.realm}"`;
  await using registry = await startRegistry(guard(challenge, (given) => given === "Bearer t1"));
  await using from = client();
  await Promise.all([1, 2, 3, 4].map(() => from.manifest(registry.reference, registry.digest)));
  assert.equal(tokens.requests.length, 1);
});

Deno.test("a token is fetched with credentials, and Bearer is preferred to Basic", async () => {
  await using tokens = startTokenServer(() => Response.json({ access_token: "mine" }));
  const challenge = () => `Basic realm="r", Bearer realm="${tokens.realm}",service="s"`;
  await using registry = await startRegistry(guard(challenge, (given) => given === "Bearer mine"));
  await using from = client(alice);
  await from.resolve(registry.reference);
  const [{ query, authorization }] = tokens.requests as [TokenServer["requests"][0]];
  assert.equal(authorization, ALICE_BASIC);
  assert.deepEqual([...query], [
    ["service", "s"],
    ["scope", "repository:test:pull"],
    ["account", "älice"],
  ]);
  assert(registry.seen.every((request) => request.authorization !== ALICE_BASIC));
});

Deno.test("an identity token is exchanged by POST", async () => {
  await using tokens = startTokenServer(() => Response.json({ access_token: "mine" }));
  const challenge = () => `Bearer realm="${tokens.realm}",service="s"`;
  await using registry = await startRegistry(guard(challenge, (given) => given === "Bearer mine"));
  await using from = client({ kind: "identityToken", token: "long&lived" });
  await from.resolve(registry.reference);
  const [{ method, query, body }] = tokens.requests as [TokenServer["requests"][0]];
  assert.deepEqual([method, [...query]], ["POST", []]);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    service: "s",
    scope: "repository:test:pull",
    grant_type: "refresh_token",
    refresh_token: "long&lived",
    client_id: "tsd",
  });
});

Deno.test("a token that has become too old, or is refused early, is replaced", async () => {
  await using tokens = startTokenServer();
  let accepted = "Bearer t1";
  const challenge = () => `Bearer realm="${tokens.realm}"`;
  await using registry = await startRegistry(guard(challenge, (given) => given === accepted));
  const clock = fakeClock();
  await using from = client(undefined, clock);
  await from.resolve(registry.reference);
  accepted = "Bearer t2";
  await from.resolve(registry.reference);
  assert.equal(tokens.requests.length, 2);
  const late = clock.now() + 60_000;
  clock.now = () => late;
  accepted = "Bearer t3";
  await from.resolve(registry.reference);
  const sent = registry.seen.map(({ authorization }) => authorization);
  assert.deepEqual(sent, [null, "Bearer t1", "Bearer t1", "Bearer t2", null, "Bearer t3"]);
});

Deno.test("a token server's refusal is put into words", async () => {
  let answer = (): Response => new Response();
  await using tokens = startTokenServer(() => answer());
  const challenge = () => `Bearer realm="${tokens.realm}"`;
  await using registry = await startRegistry(guard(challenge, () => false));
  const { host } = registry;
  const details = { details: "incorrect username or password" };
  const noToken = `Cannot get a token for registry "${host}": `;
  const cases: [Credentials | undefined, () => Response, kind: string, message: string][] = [
    [
      alice,
      () => Response.json(details, { status: 401 }),
      "denied",
      `Cannot log in to registry "${host}": unauthorized: incorrect username or password, log in ` +
      "again with 'tsd login'",
    ],
    [
      alice,
      () => new Response("", { status: 403 }),
      "denied",
      `Cannot log in to registry "${host}": unauthorized: incorrect username or password, log in ` +
      "again with 'tsd login'",
    ],
    [
      undefined,
      () => new Response("", { status: 401 }),
      "denied",
      `${noToken}the token server answered with HTTP 401, the repository may require 'tsd login'`,
    ],
    [
      undefined,
      () => new Response("", { status: 503 }),
      "unavailable",
      `${noToken}the token server answered with HTTP 503`,
    ],
    [
      undefined,
      () => Response.json({}),
      "unavailable",
      `${noToken}the token server's answer is not understood`,
    ],
    [
      undefined,
      () => Response.json({ token: "a\r\nX-Evil: 1" }),
      "unavailable",
      `${noToken}the token server's answer is not understood`,
    ],
  ];
  for (const [credentials, given, kind, message] of cases) {
    answer = given;
    await using from = client(credentials);
    await assert.rejects(from.resolve(registry.reference), { kind, message });
  }
});

Deno.test("credentials go to no token server without HTTPS, except on this machine", async () => {
  let realm = "";
  await using registry = await startRegistry(guard(() => `Bearer realm="${realm}"`, () => false));
  const cases: [realm: string, state: string][] = [
    ["http://tokens.example/", "it names a token server without HTTPS (tokens.example)"],
    ["file:///etc/passwd", "it names no token server"],
    ["http://[", "it names no token server"],
  ];
  for (const [given, state] of cases) {
    realm = given;
    await using from = client(alice);
    await assert.rejects(from.resolve(registry.reference), {
      kind: "unavailable",
      message: `Cannot get a token for registry "${registry.host}": ${state}`,
    });
  }
});

Deno.test("redirects to another server carry no credentials, and its 401 asks for none", async () => {
  await using elsewhere = await startRegistry((request) =>
    request.url.includes("guarded")
      ? refusal(401, "UNAUTHORIZED", { "www-authenticate": 'Basic realm="phishing"' })
      : undefined
  );
  await using registry = await startRegistry((request, url) => {
    if (request.headers.get("authorization") !== ALICE_BASIC) {
      return refusal(401, "UNAUTHORIZED", { "www-authenticate": 'Basic realm="r"' });
    }
    const path = url.pathname.replace("moved", "test");
    if (path === url.pathname && !path.includes("guarded")) return undefined;
    return new Response(null, {
      status: 307,
      headers: { location: `http://user:pass@${elsewhere.host}${path}?X-Signature=s3cret` },
    });
  });
  await using from = client(alice);
  const moved = parseReference(`${registry.host}/moved`);
  const { digest } = elsewhere;
  assert.equal((await from.resolve(moved)).descriptor.digest, digest);
  await from.readBlob(moved, elsewhere.layer, elsewhere.layer.size);
  await assert.rejects(from.resolve(parseReference(`${registry.host}/guarded`)), {
    kind: "denied",
  });
  assert.deepEqual(elsewhere.seen.map(({ authorization }) => authorization), [null, null, null]);
});

Deno.test("redirects within the registry keep the credentials", async () => {
  await using registry = await startRegistry((request, url) => {
    if (request.headers.get("authorization") !== ALICE_BASIC) {
      return refusal(401, "UNAUTHORIZED", { "www-authenticate": 'Basic realm="r"' });
    }
    const location = url.pathname.replace("/moved/", "/test/");
    return location === url.pathname
      ? undefined
      : new Response(null, { status: 302, headers: { location } });
  });
  await using from = client(alice);
  const found = await from.resolve(parseReference(`${registry.host}/moved`));
  assert.equal(found.descriptor.digest, registry.digest);
});

Deno.test("redirects that lead astray are refused", async () => {
  let location = "";
  await using registry = await startRegistry(() =>
    new Response(null, { status: 302, headers: { location } })
  );
  const cases: [location: string, state: string][] = [
    ["http://plain.example/blob", "it redirects to plain HTTP (plain.example)"],
    ["file:///etc/passwd", "it redirects to something that is not a web address"],
    ["/v2/again", "it redirects more than 10 times"],
  ];
  for (const [given, state] of cases) {
    location = given;
    registry.seen.length = 0;
    await using from = client();
    await assert.rejects(from.resolve(registry.reference), {
      kind: "unavailable",
      message: `Cannot reach registry "${registry.host}": ${state}`,
    });
    assert(registry.seen.length <= 11);
  }
});
