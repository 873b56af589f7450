/**
 * `tsd login`: logs in to a registry.
 *
 * @module
 */

import { loadConfig } from "../../../config.ts";
import {
  type CredentialPlace,
  type Credentials,
  findCredentials,
  hostOf,
  logIn,
  parseRegistry,
} from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { type CommandContext, defineCommand } from "../../command_line/mod.ts";
import { readLine } from "../../read_line.ts";
import { readPassword } from "../../terminal/read_password.ts";

/** What is typed after `login`. */
interface Typed {
  username: string | undefined;
  password: string | undefined;
  passwordStdin: boolean;
}

/** The command. */
export const login = defineCommand({
  usage: "[OPTIONS] [SERVER]",
  options: [
    { name: "password", short: "p", type: "string", summary: "Password or access token" },
    { name: "password-stdin", type: "bool", summary: "Take the password from standard input" },
    { name: "username", short: "u", type: "string", summary: "Username" },
  ],
  arity: { least: 0, most: 1 },
  examples: [
    "tsd login registry.example",
    "tsd login -u alice --password-stdin registry.example <secret",
  ],
  async run({ options, operands: [server] }, context) {
    checkOptions(options);
    const registry = parseRegistry(server);
    const { username, password } = options;
    if (password !== undefined) {
      context.stderr.line(
        "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
      );
    }
    const isBare = username === undefined && password === undefined;
    const known = isBare ? await findCredentials(registry) : undefined;
    if (known === undefined || !await isAccepted(known, registry, context)) {
      const place = await enter(
        await askCredentials(options, known, registry, context),
        registry,
        context,
      );
      if (place.kind === "file") warnOfFile(place.path, context);
    }
    context.stdout.line("Login Succeeded");
    return 0;
  },
});

async function enter(
  credentials: Credentials,
  registry: string,
  { config, signal }: CommandContext,
): Promise<CredentialPlace> {
  return await logIn(registry, credentials, { config: loadConfig(config), signal });
}

function checkOptions({ username, password, passwordStdin }: Typed): void {
  const refuse = (message: string): never => {
    throw new EngineError(message, { kind: "invalid" });
  };
  if (passwordStdin && password !== undefined) {
    refuse("conflicting options: cannot specify both --password and --password-stdin");
  }
  if (username === "") refuse("username is empty");
  if (password === "") refuse("password is empty");
  if (passwordStdin && username === undefined) {
    refuse("the --password-stdin option requires --username to be set");
  }
}

/** Logs in with what an earlier login has kept, if that is still right. */
async function isAccepted(
  known: Credentials,
  registry: string,
  context: CommandContext,
): Promise<boolean> {
  const { stderr } = context;
  const who = known.kind === "password" ? ` [Username: ${known.username}]` : "";
  stderr.line(`Authenticating with existing credentials...${who}`);
  stderr.line();
  stderr.line(
    " Info -> To login with a different account, run 'tsd logout' followed by 'tsd login'",
  );
  stderr.line();
  try {
    await enter(known, registry, context);
    return true;
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== "denied") throw error;
    stderr.line(`Login did not succeed, error: ${error.message}`);
    return false;
  }
}

async function askCredentials(
  { username, password, passwordStdin }: Typed,
  known: Credentials | undefined,
  registry: string,
  context: CommandContext,
): Promise<Credentials> {
  if (passwordStdin) {
    const text = await new Response(context.stdin.readable).text();
    return asPassword(username!, text.replace(/\r?\n$/, ""));
  }
  const isComplete = username !== undefined && password !== undefined;
  if (!isComplete && !context.stdin.isTerminal()) {
    throw new EngineError("Cannot perform an interactive login from a non TTY device", {
      kind: "invalid",
    });
  }
  const name = username ?? await askName(known, registry, context);
  return asPassword(name, password ?? await readPassword(context, "Password: "));
}

async function askName(
  known: Credentials | undefined,
  registry: string,
  { signal, stderr, stdin }: CommandContext,
): Promise<string> {
  const usual = known?.kind === "password" ? known.username : "";
  stderr.line(`Log in to ${hostOf(registry)}.`);
  stderr.write(usual === "" ? "Username: " : `Username (${usual}): `);
  return (await readLine(stdin.readable, signal)).trim() || usual;
}

function asPassword(username: string, password: string): Credentials {
  const missing = username === "" ? "username" : password === "" ? "password" : undefined;
  if (missing === undefined) return { kind: "password", username, password };
  throw new EngineError(`${missing} is empty`, { kind: "invalid" });
}

function warnOfFile(path: string, { stderr }: CommandContext): void {
  stderr.line();
  stderr.line(`WARNING! Your credentials are stored unencrypted in '${path}'.`);
  stderr.line("Configure a credential helper to remove this warning. See");
  stderr.line("https://docs.docker.com/go/credential-store/");
  stderr.line();
}
