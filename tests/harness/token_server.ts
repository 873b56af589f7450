/**
 * The server that hands out tokens for a registry behind bearer authentication.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @module
 */
import { hostCommand } from "./host_command.ts";
import { BASIC_AUTHORIZATION } from "./account.ts";

/** What a token allows on one repository. */
export interface Access {
  /** Always `repository` here. */
  type: string;
  /** The repository's name. */
  name: string;
  /** `pull`, `push`. */
  actions: string[];
}

/** A running token server. */
export interface TokenServer extends AsyncDisposable {
  /** URL of its token endpoint. */
  realm: string;
  /** Name of the service the tokens are for. */
  service: string;
  /** Name of the server in its tokens. */
  issuer: string;
  /** Path of its certificate, in PEM. */
  certificate: string;
  /** Signs a token. */
  issue(access: Access[]): Promise<string>;
}

/** How {@linkcode startTokenServer} starts it. */
export interface TokenServerOptions {
  /** Directory for the key and the certificate. */
  dir: string;
  /** Whether it gives pull tokens to anyone. */
  anonymousPull: boolean;
}

const SERVICE = "tsd test registry";
const ISSUER = "tsd test tokens";

/**
 * Starts a token server with a new key.
 *
 * @param options Where the key goes, and whom the server serves.
 * @returns The server.
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const certificate = `${options.dir}/token.pem`;
  const issue = await tokenSigner(`${options.dir}/token.key`, certificate);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => await answer(request, options.anonymousPull, issue),
  );
  return {
    realm: `http://127.0.0.1:${server.addr.port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    certificate,
    issue,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answer(
  request: Request,
  anonymousPull: boolean,
  issue: TokenServer["issue"],
): Promise<Response> {
  const url = new URL(request.url);
  const known = request.headers.get("authorization") === BASIC_AUTHORIZATION;
  const sent = request.headers.has("authorization");
  if ((sent || !anonymousPull) && !known) {
    return Response.json({ errors: [{ code: "UNAUTHORIZED", message: "wrong credentials" }] }, {
      status: 401,
    });
  }
  if (url.searchParams.get("service") !== SERVICE) return new Response(null, { status: 400 });
  const access = url.searchParams.getAll("scope").flatMap((scope) => scope.split(" "))
    .map(parseScope)
    .map((one) => ({
      ...one,
      actions: one.actions.filter((action) => known || action === "pull"),
    }));
  return Response.json({ token: await issue(access), expires_in: 300 });
}

/** `repository:NAME:pull,push`; the name may hold a colon. */
function parseScope(scope: string): Access {
  const parts = scope.split(":");
  return {
    type: parts[0] ?? "",
    name: parts.slice(1, -1).join(":"),
    actions: parts.at(-1)?.split(",") ?? [],
  };
}

async function tokenSigner(
  keyFile: string,
  certificateFile: string,
): Promise<TokenServer["issue"]> {
  await hostCommand("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" "),
    ...["-subj", "/CN=tsd tests", "-keyout", keyFile, "-out", certificateFile],
  ]);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const der = fromPem(await Deno.readTextFile(keyFile));
  const key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  // The registry finds the key by the certificate chain in the header.
  const chain = [(await Deno.readTextFile(certificateFile)).replaceAll(/-----.*-----|\s/g, "")];
  const header = encode(JSON.stringify({ typ: "JWT", alg: "ES256", x5c: chain }));
  return async (access) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = encode(JSON.stringify({
      iss: ISSUER,
      aud: SERVICE,
      sub: "",
      nbf: now - 60,
      iat: now,
      exp: now + 300,
      jti: crypto.randomUUID(),
      access,
    }));
    const signed = new TextEncoder().encode(`${header}.${claims}`);
    const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, signed));
    return `${header}.${claims}.${encode(signature)}`;
  };
}

function fromPem(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll(/-----.*-----|\s/g, "")), (c) => c.charCodeAt(0));
}

function encode(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}
