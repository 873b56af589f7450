import assert from "node:assert/strict";
import { ACCOUNT } from "./harness/account.ts";
import { type RegistryAuth, startRegistry } from "./harness/registry.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";

const shared = suite({ pull: ["alpine"] });
const { username, password } = ACCOUNT;

const configPath = () => `${shared.tsd.home}/.docker/config.json`;

async function readConfig(): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(configPath()));
}

const UNENCRYPTED = (path: string) =>
  `\nWARNING! Your credentials are stored unencrypted in '${path}'.\n` +
  "Configure a credential helper to remove this warning. See\n" +
  "https://docs.docker.com/go/credential-store/\n\n";

Deno.test("login lets push and pull in, logout does not any more", async () => {
  const { tsd } = shared;
  for (const auth of ["basic", "token"] as RegistryAuth[]) {
    await using registry = await startRegistry({ auth });
    const { host } = registry;
    const name = `${host}/alpine:1`;
    await tsd.run(["tag", shared.image("alpine"), name]);
    await tsd.run(["push", name], { expect: 1 });
    const entered = await tsd.run(["login", "-u", username, "--password-stdin", host], {
      stdin: `${password}\n`,
    });
    assert.equal(entered.stdout, "Login Succeeded\n", auth);
    assert.equal(entered.stderr, UNENCRYPTED(configPath()));
    assert.deepEqual(await readConfig(), {
      auths: { [host]: { auth: btoa(`${username}:${password}`) } },
    });
    assert.equal((await Deno.stat(configPath())).mode! & 0o777, 0o600);
    await tsd.run(["push", "-q", name]);
    const again = await tsd.run(["login", host]);
    assert.equal(again.stdout, "Login Succeeded\n");
    assert.match(
      again.stderr,
      /^Authenticating with existing credentials\.\.\. \[Username: alice\]\n/,
    );
    const left = await tsd.run(["logout", host]);
    assert.equal(left.stdout, `Removing login credentials for ${host}\n`);
    assert.deepEqual(await readConfig(), { auths: {} });
    await tsd.run(["pull", name], { expect: 1 });
    await tsd.run(["rmi", name]);
  }
});

Deno.test("login refuses wrong credentials, keeps none and prints none", async () => {
  const { tsd } = shared;
  for (const auth of ["basic", "token"] as RegistryAuth[]) {
    await using registry = await startRegistry({ auth });
    const { host } = registry;
    const { stdout, stderr } = await tsd.run(["login", "-u", username, "-p", "s3cret", host], {
      expect: 1,
    });
    assert.equal(stdout, "");
    const reason = auth === "basic"
      ? "login attempt failed with status: 401 Unauthorized: unauthorized: authentication required"
      : "unauthorized: wrong credentials";
    assert.equal(
      stderr,
      "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n" +
        `tsd: Cannot log in to registry "${host}": ${reason}\n`,
    );
    assert.deepEqual(await readConfig(), { auths: {} });
  }
});

Deno.test("login says what is missing", async () => {
  const host = "127.0.0.1:1";
  const cases: [args: string[], stderr: RegExp][] = [
    [["--password-stdin", host], /the --password-stdin option requires --username to be set\n$/],
    [
      ["-u", "x", "-p", "y", "--password-stdin", host],
      /^tsd: conflicting options: cannot specify both --password and --password-stdin\n$/,
    ],
    [["-u", "", host], /^tsd: username is empty\n$/],
    [["-u", "x", "-p", "", host], /^tsd: password is empty\n$/],
    [["-u", "x", host], /^tsd: Cannot perform an interactive login from a non TTY device\n$/],
    [[host], /^tsd: Cannot perform an interactive login from a non TTY device\n$/],
    [["-u", "x", "--password-stdin", host], /^tsd: password is empty\n$/],
    [["-u", "x", "-p", "y", "a b"], /\ntsd: Cannot use registry "a b": it must be a host/],
  ];
  for (const [args, expected] of cases) {
    const { stdout, stderr } = await shared.tsd.run(["login", ...args], { expect: 1 });
    assert.equal(stdout, "");
    assert.match(stderr, expected.source.includes("a b") ? /Cannot use registry "a b"/ : expected);
  }
});

Deno.test("login uses credential helpers, and gives them secrets by standard input only", async () => {
  const { tsd } = shared;
  const bin = `${tsd.home}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  const helper = `${bin}/docker-credential-tsdtest`;
  await Deno.writeTextFile(
    helper,
    `#!/bin/sh
echo "$# $*" >> ${bin}/calls
case "$1" in
  store) cat > ${bin}/stored;;
  get) cat > /dev/null
    [ -e ${bin}/stored ] || { echo "credentials not found in native keychain"; exit 1; }
    cat ${bin}/stored;;
  erase) cat > ${bin}/erased; rm -f ${bin}/stored;;
esac
`,
    { mode: 0o755 },
  );
  await using registry = await startRegistry({ auth: "basic" });
  const { host } = registry;
  const env = { PATH: `${bin}:${tsd.env.PATH}` };
  await Deno.writeTextFile(configPath(), JSON.stringify({ credsStore: "tsdtest", psFormat: "x" }));
  const entered = await tsd.run(["login", "-u", username, "--password-stdin", host], {
    stdin: password,
    env,
  });
  assert.equal(entered.stderr, "");
  assert.deepEqual(JSON.parse(await Deno.readTextFile(`${bin}/stored`)), {
    ServerURL: host,
    Username: username,
    Secret: password,
  });
  assert.deepEqual(await readConfig(), {
    credsStore: "tsdtest",
    psFormat: "x",
    auths: { [host]: {} },
  });
  assert.equal((await tsd.run(["login", host], { env })).stdout, "Login Succeeded\n");
  await tsd.run(["logout", host], { env });
  assert.equal(await Deno.readTextFile(`${bin}/erased`), host);
  assert.equal(await Deno.readTextFile(`${bin}/calls`), "1 store\n1 get\n1 store\n1 erase\n");
  await Deno.writeTextFile(configPath(), JSON.stringify({ credsStore: "nowhere" }));
  const { stderr } = await tsd.run(["login", "-u", username, "--password-stdin", host], {
    stdin: password,
    expect: 1,
  });
  assert.equal(
    stderr,
    `tsd: Cannot store credentials of registry "${host}": docker-credential-nowhere, named in ` +
      "Docker's config.json, is not installed\n",
  );
  await Deno.remove(configPath());
});

Deno.test("login asks on a terminal and does not show the password", async () => {
  const { tsd } = shared;
  await using registry = await startRegistry({ auth: "basic" });
  const { host } = registry;
  await using terminal = await Terminal.open(tsd);
  await terminal.type(`tsd login ${host}`);
  await terminal.waitFor(/\nUsername: $/);
  await terminal.type(username);
  await terminal.waitFor(/\nPassword: $/);
  await terminal.type(password);
  await terminal.waitFor(/\nLogin Succeeded\nhost\$ $/);
  assert.doesNotMatch(await terminal.screen(), new RegExp(password));
  await terminal.type(`tsd logout ${host}; clear`);
  await terminal.waitFor(/^host\$ $/);
  // ^C at the question leaves a terminal that shows what is typed.
  await terminal.type(`tsd login -u ${username} ${host}`);
  await terminal.waitFor(/Password: $/);
  await terminal.press("C-c");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("echo code $?");
  await terminal.waitFor(/echo code \$\?\ncode 130\n/);
});

Deno.test("login and logout need no root", async () => {
  const { tsd } = shared;
  await using registry = await startRegistry({ auth: "basic" });
  const home = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-test-home-" });
  await using _home = { [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }) };
  await Deno.chown(home, 65534, 65534);
  const program = tsd.command.map((word) => `'${word}'`).join(" ");
  const as = "setpriv --reuid 65534 --regid 65534 --clear-groups env -u TSD_CONFIG -u TSD_CACHE " +
    `HOME=${home} DENO_DIR=${home}/cache ${program}`;
  const script = `${as} login -u ${username} -p ${password} ${registry.host} && ` +
    `cat ${home}/.docker/config.json && ${as} logout ${registry.host}`;
  const { stdout } = await tsd.shell(script, { timeoutMs: 60_000 });
  assert.match(stdout, /^Login Succeeded\n/);
  assert.ok(stdout.includes(btoa(`${username}:${password}`)), stdout);
  assert.ok(stdout.endsWith(`Removing login credentials for ${registry.host}\n`), stdout);
});
