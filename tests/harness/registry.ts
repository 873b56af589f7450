/**
 * Debian's `docker-registry` on a free loopback port, open or behind authentication.
 *
 * @module
 */
import { BASIC_AUTHORIZATION, HTPASSWD_LINE } from "./account.ts";
import { startTokenServer, type TokenServer } from "./token_server.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** How a registry lets clients in. */
export type RegistryAuth = "open" | "basic" | "token";

/** A running registry; disposing it stops the process and deletes its storage. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands in references. */
  host: string;
  /** How it lets clients in. */
  auth: RegistryAuth;
  /** Value of the `Authorization` header that may push to a repository, if one is needed. */
  authorization(repository: string): Promise<string | undefined>;
}

/** How {@linkcode startRegistry} starts it. */
export interface RegistryOptions {
  /**
   * How clients get in.
   *
   * @default "open"
   */
  auth?: RegistryAuth;
  /**
   * Whether the token server gives pull tokens to anyone.
   *
   * @default false
   */
  anonymousPull?: boolean;
}

/**
 * Starts a registry and waits until it listens.
 *
 * @param options How clients get in.
 * @returns The registry.
 * @throws {Error} When it ends before it listens.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const { auth = "open", anonymousPull = false } = options;
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "tsd-registry-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  let tokens: TokenServer | undefined;
  if (auth === "token") tokens = stack.use(await startTokenServer({ dir, anonymousPull }));
  const config = await writeConfig(dir, auth, tokens);
  const child = new Deno.Command("docker-registry", {
    args: ["serve", config],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  stack.defer(async () => {
    child.kill("SIGKILL");
    await child.status;
  });
  const host = await listeningAddress(child);
  const undo = stack.move();
  return {
    host,
    auth,
    authorization: (repository) => authorizationFor(auth, tokens, repository),
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  };
}

async function writeConfig(
  dir: string,
  auth: RegistryAuth,
  tokens: TokenServer | undefined,
): Promise<string> {
  await Deno.writeTextFile(`${dir}/htpasswd`, HTPASSWD_LINE);
  const config = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: `${dir}/storage` },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    // Port 0 lets the kernel choose; the registry logs what it got.
    http: { addr: "127.0.0.1:0", secret: "tsd-tests" },
    ...(auth === "basic" && {
      auth: { htpasswd: { realm: "tsd tests", path: `${dir}/htpasswd` } },
    }),
    ...(tokens && {
      auth: {
        token: {
          realm: tokens.realm,
          service: tokens.service,
          issuer: tokens.issuer,
          rootcertbundle: tokens.certificate,
        },
      },
    }),
  };
  // JSON is YAML.
  await Deno.writeTextFile(`${dir}/config.yml`, JSON.stringify(config));
  return `${dir}/config.yml`;
}

async function listeningAddress(child: Deno.ChildProcess): Promise<string> {
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const seen: string[] = [];
  while (true) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`Cannot start docker-registry: ${seen.join("\n")}`);
    seen.push(value);
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(value)?.[1];
    if (address === undefined) continue;
    drain(lines);
    return address;
  }
}

/** Reads on to the end, so that a full pipe never stops the registry. */
async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

async function authorizationFor(
  auth: RegistryAuth,
  tokens: TokenServer | undefined,
  repository: string,
): Promise<string | undefined> {
  if (auth === "basic") return BASIC_AUTHORIZATION;
  if (tokens === undefined) return undefined;
  return `Bearer ${await tokens.issue([{
    type: "repository",
    name: repository,
    actions: ["pull", "push"],
  }])}`;
}
