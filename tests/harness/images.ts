/**
 * The images the tests use, built from Debian's static busybox.
 *
 * @module
 */
import { hostCommand } from "./host_command.ts";
import {
  buildImage,
  type BuiltImage,
  type Compression,
  HOST_PLATFORM,
  pushImage,
  pushIndex,
  tarDirectory,
} from "./image.ts";
import type { Registry } from "./registry.ts";

/** Names of the images that {@linkcode pushFixture} can push; each is also its repository. */
export type FixtureName = keyof typeof FIXTURES;

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ALPINE_CONFIG = { Env: [PATH], Cmd: ["/bin/sh"] };

const FIXTURES = {
  /** busybox with users, groups and a shell. */
  alpine: async (registry: Registry) => {
    await pushImage(registry, "alpine:latest", await alpineImage({}));
  },
  /** The same with Docker's media types. */
  dockerformat: async (registry: Registry) => {
    await pushImage(registry, "dockerformat:latest", await alpineImage({ format: "docker" }));
  },
  /** The same, its layer compressed with zstd. */
  zstd: async (registry: Registry) => {
    await pushImage(registry, "zstd:latest", await alpineImage({ compression: "zstd" }));
  },
  /** The same, its layer not compressed. */
  plain: async (registry: Registry) => {
    await pushImage(registry, "plain:latest", await alpineImage({ compression: "none" }));
  },
  /** 40 layers that overwrite, delete and hide each other's files; see {@linkcode manyLayers}. */
  layers40: async (registry: Registry) => {
    await pushImage(registry, "layers40:latest", await manyLayers());
  },
  /** Every kind of file; see {@linkcode everyKindOfFile}. */
  files: async (registry: Registry) => {
    await pushImage(registry, "files:latest", await everyKindOfFile());
  },
  /** An index of three platforms; `/etc/platform` names each. */
  multi: async (registry: Registry) => {
    const platforms = ["linux/amd64", "linux/arm64/v8", "linux/arm/v7"];
    const images = await Promise.all(platforms.map((platform) => alpineImage({ platform })));
    await pushIndex(registry, "multi:latest", images);
  },
  /** An index without the platform of any machine the tests run on. */
  foreign: async (registry: Registry) => {
    await pushIndex(registry, "foreign:latest", [await alpineImage({ platform: "linux/s390x" })]);
  },
  /** Every member of the configuration set. */
  configured: async (registry: Registry) => {
    await pushImage(registry, "configured:latest", await alpineImage({ config: CONFIGURED }));
  },
} satisfies Record<string, (registry: Registry) => Promise<void>>;

/** Configuration of the image `configured`. */
export const CONFIGURED = {
  Env: [PATH, "COLOUR=blue", "EMPTY="],
  Entrypoint: ["/bin/echo", "entry"],
  Cmd: ["default", "arguments"],
  User: "app",
  WorkingDir: "/srv/work",
  Volumes: { "/data": {} },
  Labels: { "org.example.name": "configured", "org.example.answer": "42" },
  StopSignal: "SIGUSR1",
  ExposedPorts: { "80/tcp": {}, "53/udp": {} },
};

/**
 * Builds and pushes an image of the standard set.
 *
 * @param registry Where to.
 * @param name Which one.
 * @returns Its reference, `HOST:PORT/NAME:latest`.
 */
export async function pushFixture(registry: Registry, name: FixtureName): Promise<string> {
  await FIXTURES[name](registry);
  return `${registry.host}/${name}:latest`;
}

/** What differs between the images that hold busybox. */
export interface AlpineOptions {
  /** Whose media types. */
  format?: "oci" | "docker";
  /** How the layer is stored. */
  compression?: Compression;
  /** Written to `/etc/platform` too. */
  platform?: string;
  /** Instead of a shell as the command. */
  config?: Record<string, unknown>;
}

/**
 * Builds an image of one layer with busybox.
 *
 * @param options What differs.
 * @returns The image.
 */
export async function alpineImage(options: AlpineOptions): Promise<BuiltImage> {
  const { compression = "gzip", config = ALPINE_CONFIG, platform = HOST_PLATFORM, ...rest } =
    options;
  const tar = await layer(async (dir) => {
    await busyboxRoot(dir);
    await Deno.writeTextFile(`${dir}/etc/platform`, `${platform}\n`);
  });
  return await buildImage({ layers: [{ tar, compression }], config, platform, ...rest });
}

/**
 * Archives a directory that a function fills.
 *
 * @param fill Gets the path of the empty directory.
 * @returns The archive.
 */
export async function layer(
  fill: (dir: string) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const dir = await Deno.makeTempDir({ prefix: "tsd-layer-", dir: "/var/tmp" });
  try {
    await Deno.chmod(dir, 0o755);
    await fill(dir);
    return await tarDirectory(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/**
 * Fills a directory with a root file system of busybox.
 *
 * @param dir The directory.
 */
export async function busyboxRoot(dir: string): Promise<void> {
  const folders = "bin dev etc home/app proc root srv/work sys tmp usr/bin var/empty data";
  for (const folder of folders.split(" ")) {
    await Deno.mkdir(`${dir}/${folder}`, { recursive: true });
  }
  await Deno.chmod(`${dir}/tmp`, 0o1777);
  await Deno.chmod(`${dir}/root`, 0o700);
  await Deno.chown(`${dir}/home/app`, 1000, 1000);
  await Deno.copyFile("/bin/busybox", `${dir}/bin/busybox`);
  for (const applet of (await hostCommand("/bin/busybox", ["--list"])).split("\n")) {
    if (applet !== "busybox") await Deno.symlink("busybox", `${dir}/bin/${applet}`);
  }
  for (const [name, lines] of Object.entries(ETC)) {
    await Deno.writeTextFile(`${dir}/etc/${name}`, `${lines.join("\n")}\n`);
  }
}

const ETC = {
  "passwd": [
    "root:x:0:0:root:/root:/bin/sh",
    "daemon:x:1:1:daemon:/usr/sbin:/bin/false",
    "app:x:1000:1000:application:/home/app:/bin/sh",
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
  ],
  "group": [
    "root:x:0:",
    "daemon:x:1:",
    "audio:x:29:app",
    "video:x:44:daemon,app",
    "app:x:1000:",
    "nogroup:x:65534:",
  ],
  "os-release": ["ID=alpine", 'PRETTY_NAME="busybox for tests"'],
} as const;

/**
 * 40 layers: layer N (from 1) writes N to `/counter` and `/files/N`; layer 10 deletes `/files/5`;
 * layer 20 makes `/hidden`, filled by layer 2, opaque and puts `new` there; layer 30 replaces the
 * directory `/folder` of layer 3 by a file; layer 31 deletes `/gone`, of layer 4, whole.
 */
async function manyLayers(): Promise<BuiltImage> {
  const tars = [await layer(busyboxRoot)];
  for (let n = 1; n < 40; n++) {
    tars.push(
      await layer(async (dir) => {
        await write(dir, "counter", `${n}\n`);
        await write(dir, `files/${n}`, `${n}\n`);
        for (const [path, text] of LAYER_EXTRAS[n] ?? []) await write(dir, path, text);
      }),
    );
  }
  return await buildImage({ layers: tars.map((tar) => ({ tar })), config: ALPINE_CONFIG });
}

const LAYER_EXTRAS: Record<number, [path: string, text: string][]> = {
  2: [["hidden/old", "old\n"]],
  3: [["folder/inside", "x\n"]],
  4: [["gone/deep/file", "x\n"]],
  10: [["files/.wh.5", ""]],
  20: [["hidden/.wh..wh..opq", ""], ["hidden/new", "new\n"]],
  30: [["folder", "now a file\n"]],
  31: [[".wh.gone", ""]],
};

async function write(dir: string, path: string, text: string): Promise<void> {
  await Deno.mkdir(`${dir}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(`${dir}/${path}`, text);
}

/** Length of the long file name in the image `files`; NAME_MAX is 255. */
export const LONG_NAME: string = "n".repeat(250);

/** Below `/kinds`: one of each kind of file, with its metadata. */
async function everyKindOfFile(): Promise<BuiltImage> {
  const tar = await layer(async (root) => {
    await busyboxRoot(root);
    const dir = `${root}/kinds`;
    const deep = `${dir}/${"d".repeat(100)}/${"e".repeat(100)}`;
    await Deno.mkdir(deep, { recursive: true });
    await write(deep, "deep file", "deep\n");
    for (const name of ["setuid", "setgid", "capable", "attributes", "owned", "old", "first"]) {
      await write(dir, name, `${name}\n`);
    }
    await write(dir, LONG_NAME, "long\n");
    await write(dir, "grüße 你好 🐋", "non-ASCII\n");
    await write(dir, "empty", "");
    await Deno.chown(`${dir}/owned`, 1234, 4321);
    await Deno.chmod(`${dir}/setuid`, 0o4755);
    await Deno.chmod(`${dir}/setgid`, 0o2711);
    await Deno.mkdir(`${dir}/sticky`);
    await Deno.chmod(`${dir}/sticky`, 0o1777);
    await Deno.link(`${dir}/first`, `${dir}/second`);
    await Deno.symlink("first", `${dir}/relative`);
    await Deno.symlink("/nowhere/at all", `${dir}/dangling`);
    await hostCommand("mknod", [`${dir}/null`, "c", "1", "3"]);
    await hostCommand("mknod", [`${dir}/disk`, "b", "7", "200"]);
    await hostCommand("mkfifo", [`${dir}/fifo`]);
    await hostCommand("setcap", ["cap_net_raw=ep", `${dir}/capable`]);
    await hostCommand("setfattr", ["-n", "user.colour", "-v", "blue", `${dir}/attributes`]);
    await Deno.utime(`${dir}/old`, 86_400, 86_400);
    await Deno.utime(`${dir}/sticky`, 1_000_000_000, 1_000_000_000);
  });
  return await buildImage({ layers: [{ tar }], config: ALPINE_CONFIG });
}
