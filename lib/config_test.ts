import assert from "node:assert/strict";
import { parseConfig } from "./config.ts";

Deno.test("parseConfig() fills in defaults", () => {
  assert.deepEqual(parseConfig("{}", "c.json"), {
    mirrors: {},
    insecureRegistries: [],
    maxConcurrentDownloads: 3,
    maxConcurrentUploads: 5,
    maxDownloadAttempts: 5,
    minDownloadRate: 1024,
  });
});

Deno.test("parseConfig() reads every key", () => {
  const text = JSON.stringify({
    "data-root": "/srv/tsd",
    "registry-mirrors": ["https://one.example/"],
    "mirrors": {
      "docker.io": ["https://two.example/path"],
      "index.docker.io": ["https://three.example"],
      "r.example:5000": ["http://127.0.0.1:5000"],
    },
    "insecure-registries": ["R.example:5000", "http://plain.example/", "10.0.0.0/8", "fd00::/8"],
    "max-concurrent-downloads": 7,
    "max-download-attempts": 1,
    "min-download-rate": 0,
    "log-driver": "none",
    "log-opts": { "max-size": "10m" },
    "default-address-pools": [{ base: "10.1.0.0/16", size: 24 }],
    "bip": "10.2.0.1/24",
    "default-network": "none",
    "mtu": 1400,
    "dns": ["192.0.2.53", "fd00::53"],
    "dns-search": ["lab.example"],
    "dns-opts": ["ndots:2"],
  });
  assert.deepEqual(parseConfig(text, "c.json"), {
    dataRoot: "/srv/tsd",
    mirrors: {
      "docker.io": [
        "https://one.example",
        "https://two.example/path",
        "https://three.example",
      ],
      "r.example:5000": ["http://127.0.0.1:5000"],
    },
    insecureRegistries: ["r.example:5000", "plain.example", "10.0.0.0/8", "fd00::/8"],
    maxConcurrentDownloads: 7,
    maxConcurrentUploads: 5,
    maxDownloadAttempts: 1,
    minDownloadRate: 0,
    logDriver: "none",
    logOptions: { "max-size": "10m" },
    addressPools: [{ base: "10.1.0.0/16", size: 24 }],
    bridgeAddress: "10.2.0.1/24",
    defaultNetwork: "none",
    mtu: 1400,
    dns: ["192.0.2.53", "fd00::53"],
    dnsSearch: ["lab.example"],
    dnsOptions: ["ndots:2"],
  });
});

Deno.test("parseConfig() says what is wrong and where", () => {
  const cases: [text: string, state: string][] = [
    ['{\n  "data-root": "/x",\n}', "it is not JSON: mistake in line 3, column 1"],
    ["[]", "the file must be an object"],
    [
      '{"insecure-registry": []}',
      'unknown key "insecure-registry", did you mean "insecure-registries"?',
    ],
    [
      '{"toString": 1}',
      'unknown key "toString", known are data-root, registry-mirrors, mirrors, ' +
      "insecure-registries, max-concurrent-downloads, max-concurrent-uploads, " +
      "max-download-attempts, min-download-rate, userns-remap, log-driver, log-opts, default-address-pools, bip, default-network, mtu, dns, dns-search, dns-opts",
    ],
    ['{"log-opts": {"max-file": 3}}', '"log-opts".max-file must be a string'],
    [
      '{"default-address-pools": [{"base": "10.1.0.0/16", "size": 8}]}',
      '"default-address-pools"[0].size must be between 16 and 32',
    ],
    ['{"bip": "10.1.0.1"}', '"bip" must be an address and a prefix length such as "10.1.0.0/16"'],
    ['{"dns": ["name"]}', '"dns"[0] must be an IP address'],
    ['{"data-root": "x"}', '"data-root" must be an absolute path'],
    ['{"registry-mirrors": "x"}', '"registry-mirrors" must be a list'],
    [
      '{"registry-mirrors": ["m.example"]}',
      '"registry-mirrors"[0] must be a URL such as "https://mirror.example"',
    ],
    [
      '{"registry-mirrors": ["ftp://m.example"]}',
      '"registry-mirrors"[0] must be a URL such as "https://mirror.example"',
    ],
    [
      '{"mirrors": {"r.example": ["https://u:p@m.example"]}}',
      '"mirrors".r.example[0] must be a URL without user, query and fragment',
    ],
    [
      '{"insecure-registries": ["a/b"]}',
      '"insecure-registries"[0] must be a host, "host:port" or a range such as "10.0.0.0/8"',
    ],
    [
      '{"max-download-attempts": 0}',
      '"max-download-attempts" must be a whole number of at least 1',
    ],
  ];
  for (const [text, state] of cases) {
    assert.throws(() => parseConfig(text, "/etc/x.json"), {
      kind: "invalid",
      message: `Cannot read configuration "/etc/x.json": ${state}`,
    });
  }
});

Deno.test("loadConfig() reads TSD_CONFIG's file, and takes a missing one as empty", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/c.json`, '{"data-root": "/srv"}');
    const script = `import { loadConfig } from "${import.meta.resolve("./config.ts")}";
      const config = loadConfig();
      console.log(config.dataRoot ?? "none", loadConfig() === config);`;
    for (const [name, expected] of [["c.json", "/srv true\n"], ["missing", "none true\n"]]) {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-lock", "--ext=ts", script],
        env: { TSD_CONFIG: `${folder}/${name}` },
      }).output();
      assert.equal(new TextDecoder().decode(stdout), expected);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
