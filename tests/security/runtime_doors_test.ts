import assert from "node:assert/strict";
import { hostCommand } from "../harness/host_command.ts";
import { PROGRAM_FORMS, type ProgramForm } from "../harness/program_forms.ts";
import { suite } from "../harness/suite.ts";
import type { RunResult, Tsd } from "../harness/tsd.ts";

// What somebody who may run the program as root, and nothing else, can set or write.
const shared = suite({ images: ["alpine"] });

const NOBODY = 65534;
// Of TEST-NET-1: no registry there is trusted without a certificate, as those on loopback are.
const ADDRESS = "192.0.2.1";

const made = new Map<ProgramForm, ReturnType<ProgramForm["make"]>>();
const programs: string[] = [];

Deno.test.afterAll(async () => {
  for (const folder of programs) await Deno.remove(folder, { recursive: true });
});

async function make(form: ProgramForm): ReturnType<ProgramForm["make"]> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-doors-" });
  programs.push(folder);
  return await form.make(folder);
}

/** Runs tests with a form of the program, unpacked anew, and puts the instance back. */
async function withForm(
  name: ProgramForm["name"],
  test: (tsd: Tsd, folder: string) => Promise<void>,
): Promise<void> {
  const form = PROGRAM_FORMS.find((form) => form.name === name)!;
  if (form.missing !== undefined) {
    // deno-lint-ignore no-console -- a skip says why
    console.log(`skipped: ${form.missing}`);
    return;
  }
  const { tsd } = shared;
  const before = { ...tsd.env };
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-doors-" });
  await Deno.chmod(folder, 0o755);
  try {
    if (!made.has(form)) made.set(form, make(form));
    tsd.program = (await made.get(form)!).program;
    tsd.env.TSD_CACHE = `${folder}/cache`;
    await test(tsd, folder);
  } finally {
    await tsd.run(["system", "reset", "-f"]);
    tsd.program = undefined;
    for (const key of Object.keys(tsd.env)) delete tsd.env[key];
    Object.assign(tsd.env, before);
    await Deno.remove(folder, { recursive: true });
  }
}

/** A variable that opens a door of the runtime's, and how to see that it did. */
interface Door {
  env: Record<string, string>;
  /** Whether a run of the program with it shows that it was obeyed. */
  isObeyed(result: RunResult): boolean;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function doors(folder: string): Promise<Record<string, Door>> {
  const code = `${folder}/attack.cjs`;
  await Deno.writeTextFile(code, "console.error('obeyed'); process.exit(66);");
  const said = ({ stderr, stdout }: RunResult) => /obeyed/.test(stderr + stdout);
  const failed = ({ code }: RunResult) => code !== 0;
  return {
    "NODE_OPTIONS runs code": { env: { NODE_OPTIONS: `--require ${code}` }, isObeyed: said },
    "NODE_OPTIONS opens a debugger": {
      env: { NODE_OPTIONS: "--inspect=127.0.0.1:0" },
      isObeyed: ({ stderr }) => /Debugger listening/.test(stderr),
    },
    "DENO_V8_FLAGS changes the engine": {
      env: { DENO_V8_FLAGS: "--obeyed" },
      isObeyed: said,
    },
    "DENO_AUDIT_PERMISSIONS overwrites a file": {
      // A folder cannot be: the runtime does not get over that.
      env: { DENO_AUDIT_PERMISSIONS: folder },
      isObeyed: failed,
    },
    "DENO_PERMISSION_BROKER_PATH has a socket decide": {
      env: { DENO_PERMISSION_BROKER_PATH: `${folder}/obeyed` },
      isObeyed: failed,
    },
    "OTEL_DENO sends what is done to a server": {
      env: { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "obeyed" },
      isObeyed: failed,
    },
    "COMPLETE has the runtime complete its own command line": {
      env: { COMPLETE: "bash" },
      isObeyed: ({ stdout }) => /approve-scripts/.test(stdout),
    },
  };
}

Deno.test("the runtime's variables do nothing to the portable form", async (t) => {
  await withForm("portable", async (tsd, folder) => {
    const { stdout } = await tsd.run(["version"]);
    const script = `${folder}/nothing.ts`;
    await Deno.writeTextFile(script, 'console.log("done");');
    for (const [name, { env, isObeyed }] of Object.entries(await doors(folder))) {
      await t.step(name, async () => {
        const own = [Deno.execPath(), "run", "-A", "--no-config", script] as const;
        const command = own.map((word) => `'${word}'`).join(" ");
        const control = await tsd.shell(command, { env, expect: "any" });
        assert.ok(isObeyed(control), "the runtime itself obeys");
        const result = await tsd.run(["version"], { env, expect: "any" });
        assert.ok(!isObeyed(result), `${result.stdout}${result.stderr}`);
        assert.deepEqual([result.code, result.stdout, result.stderr], [0, stdout, ""]);
      });
    }
    await t.step("DENO_DIR chooses what it believes of an earlier start", async () => {
      const chosen = `${folder}/chosen`;
      await tsd.run(["version"], { env: { DENO_DIR: chosen } });
      assert.ok(!await exists(chosen));
    });
    await t.step("and they are still the caller's for containers", async () => {
      await tsd.run(["pull", "-q", shared.image("alpine")]);
      const env = {
        NODE_OPTIONS: "--max-http-header-size=1",
        DENO_CERT: "/c",
        SSLKEYLOGFILE: "/k",
      };
      const options = Object.keys(env).flatMap((name) => ["-e", name]);
      const args = ["run", "--rm", ...options, "-e", "OTEL_DENO", shared.image("alpine"), "env"];
      const lines = (await tsd.run(args, { env })).stdout.split("\n");
      for (const [name, value] of Object.entries(env)) {
        assert.ok(lines.includes(`${name}=${value}`));
      }
      assert.deepEqual(lines.filter((line) => /^(_|OTEL)/.test(line)), []);
    });
  });
});

Deno.test("what lies in the current directory, or above the program, does not count", async () => {
  await withForm("portable", async (tsd, folder) => {
    const attack = `${folder}/attack`;
    await Deno.mkdir(`${attack}/node_modules/.bin`, { recursive: true });
    for (const at of [attack, folder]) {
      // No file of a configuration: whoever reads them says so.
      for (const name of ["deno.json", "deno.lock", "package.json", ".npmrc", ".env"]) {
        await Deno.writeTextFile(`${at}/${name}`, "{{ attack");
      }
    }
    const script = `${attack}/nothing.ts`;
    await Deno.writeTextFile(script, "");
    const { program } = tsd;
    tsd.program = [Deno.execPath(), "run", script];
    assert.notEqual(
      (await tsd.run([], { expect: "any" })).code,
      0,
      "the runtime itself reads them",
    );
    tsd.program = program;
    await tsd.run(["pull", "-q", shared.image("alpine")], { cwd: attack });
    // The supervisor's and, with a FUSE mount's way of starting, init's too.
    const args = ["run", "--rm", "--health-cmd", "true", shared.image("alpine"), "echo", "ran"];
    const { stderr, stdout } = await tsd.run(args, { cwd: attack });
    assert.deepEqual([stdout, stderr], ["ran\n", ""]);
  });
});

Deno.test("TSD_CACHE in a place of somebody else's is refused", async () => {
  await withForm("portable", async (tsd, folder) => {
    const theirs = `${folder}/theirs`;
    await Deno.mkdir(theirs);
    await Deno.mkdir(`${folder}/ours`);
    await Deno.symlink(`${folder}/ours`, `${theirs}/link`);
    await Deno.mkdir(`${theirs}/made-by-root`);
    await Deno.chown(theirs, NOBODY, NOBODY);
    for (const name of ["", "/link", "/made-by-root", "/new/one", "/link/new"]) {
      const env = { TSD_CACHE: `${theirs}${name}` };
      const { stderr } = await tsd.run(["version"], { env, expect: 125 });
      assert.match(stderr, /^tsd: Cannot unpack into ".*": .*not yours/, name);
    }
    await tsd.run(["version"], { env: { TSD_CACHE: "ours" }, cwd: folder });
  });
});

Deno.test("what the runtime keeps of the program nobody else may write, whatever the umask", async () => {
  await withForm("portable", async (tsd, folder) => {
    await tsd.shell("umask 000; tsd version; tsd ps");
    const writable = ["-perm", "-002", "!", "-type", "l"];
    // What is inside a closed folder is closed.
    const closed = ["-path", "*/cache/program-*/cache", "-perm", "700", "-prune"];
    const args = [`${folder}/cache`, ...closed, "-o", ...writable, "-print"];
    assert.equal(await hostCommand("find", args), "");
  });
});

Deno.test("on a terminal the portable form writes what it says, and no runtime's progress", async () => {
  await withForm("portable", async (tsd, folder) => {
    await tsd.run(["version"]);
    for (const command of ["version", "ps -q", "info -f {{.Driver}}"]) {
      const file = `${folder}/terminal`;
      // A terminal that does not know its size gets none.
      const inside = `stty cols 80 rows 24; ${tsd.command.join(" ")} ${command} >/dev/null`;
      await tsd.shell(`script -qec '${inside}' /dev/null > ${file}`);
      assert.equal(await Deno.readTextFile(file), "", command);
    }
  });
});

/** Serves TLS at an address, and writes down what it is asked for. */
const SERVER = `
  const [cert, key, log] = await Promise.all(Deno.args.slice(0, 2).map(Deno.readTextFile))
    .then((texts) => [...texts, Deno.args[2]]);
  Deno.serve({ hostname: "${ADDRESS}", port: 443, cert, key, onListen: () => console.log("ready") },
    (request) => {
      Deno.writeTextFileSync(log, request.url + "\\n", { append: true });
      return new Response("", { status: 404 });
    });
`;

for (const name of ["portable", "compiled"] as const) {
  Deno.test(`certificates are the host's and SSL_CERT_FILE's, and no variable skips them: ${name}`, async () => {
    await withForm(name, async (tsd, folder) => {
      const [cert, key, log] = ["cert.pem", "key.pem", "log"].map((name) => `${folder}/${name}`);
      await hostCommand("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        ...["-subj", "/CN=test", "-addext", `subjectAltName=IP:${ADDRESS}`],
        ...["-addext", "basicConstraints=critical,CA:FALSE", "-days", "1"],
        ...["-keyout", key!, "-out", cert!],
      ]);
      await Deno.writeTextFile(`${folder}/server.ts`, SERVER);
      await Deno.writeTextFile(`${folder}/tsd.sh`, `exec ${tsd.command.join(" ")} "$@"\n`);
      /** Pulls from the server in a network that both are alone in, and tells what it was asked. */
      const asked = async (env: Record<string, string>): Promise<string> => {
        await Deno.writeTextFile(log!, "");
        const server = `'${Deno.execPath()}' run -A --no-config ${folder}/server.ts`;
        const inside = `ip link set lo up; ip addr add ${ADDRESS}/32 dev lo
          mkfifo ${folder}/ready
          ${server} ${cert} ${key} ${log} > ${folder}/ready & server=$!
          read ready < ${folder}/ready
          env ${Object.entries(env).map((pair) => `'${pair.join("=")}'`).join(" ")} \
            sh ${folder}/tsd.sh pull ${ADDRESS}/attack/image
          kill $server; wait $server; rm ${folder}/ready`;
        await Deno.writeTextFile(`${folder}/inside.sh`, inside);
        await tsd.shell(`unshare --net sh ${folder}/inside.sh`, { expect: "any" });
        return await Deno.readTextFile(log!);
      };
      assert.match(await asked({ SSL_CERT_FILE: cert! }), /attack\/image|v2/);
      for (const variable of ["DENO_CERT", "NODE_EXTRA_CA_CERTS"]) {
        assert.equal(await asked({ [variable]: cert! }), "", variable);
      }
      assert.equal(await asked({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), "");
      const keys = `${folder}/keys`;
      assert.notEqual(await asked({ SSL_CERT_FILE: cert!, SSLKEYLOGFILE: keys }), "");
      assert.ok(!await exists(keys), "keys were written");
    });
  });
}
