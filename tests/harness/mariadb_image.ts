/**
 * An image with a MariaDB server and its client, of the files of Debian's packages.
 *
 * @module
 */
import { hostCommand } from "./host_command.ts";
import { buildImage, pushImage } from "./image.ts";
import { busyboxRoot, layer } from "./images.ts";
import type { Registry } from "./registry.ts";

const PROGRAMS = ["/usr/sbin/mariadbd", "/usr/bin/mariadb"];
const SHARED = "/usr/share/mysql";
/** Uid and gid of the server. */
const MYSQL = 999;

/**
 * What the container runs: it makes the system's tables where there are none, and goes on as the
 * server. MARIADB_ROOT_PASSWORD is the password of root from anywhere, MARIADB_DATABASE is made.
 * By default the server reserves 8 TiB of addresses, which user-mode-linux has not.
 */
const ENTRYPOINT = `#!/bin/sh
set -e
data=/var/lib/mysql
options="--no-defaults --user=mysql --datadir=$data --loose-innodb-buffer-pool-size-max=128M"
if [ ! -d $data/mysql ]; then
  chown mysql:mysql $data
  {
    printf '%s;\\n' "CREATE DATABASE mysql" "USE mysql" "SET @auth_root_socket=NULL"
    cd ${SHARED}
    cat mysql_system_tables.sql mysql_performance_tables.sql mysql_system_tables_data.sql
  } | mariadbd $options --bootstrap >&2
fi
cat >/run/init.sql <<SQL
CREATE DATABASE IF NOT EXISTS \${MARIADB_DATABASE:-test};
DROP USER IF EXISTS root@'127.0.0.1', root@'::1';
ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
GRANT ALL PRIVILEGES ON *.* TO root@'%' WITH GRANT OPTION;
SQL
exec mariadbd $options --skip-name-resolve --init-file=/run/init.sql "$@"
`;

/**
 * Builds the image and pushes it.
 *
 * @param registry Where to.
 * @param name Its repository; `library/mariadb` is what a mirror of Docker Hub is asked for.
 * @returns Its reference.
 */
export async function pushMariadb(registry: Registry, name = "mariadb"): Promise<string> {
  const base = await layer(busyboxRoot);
  const server = await layer(serverFiles);
  const image = await buildImage({
    layers: [base, server].map((tar) => ({ tar, compression: "zstd" })),
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      Entrypoint: ["/entrypoint"],
      ExposedPorts: { "3306/tcp": {} },
      Volumes: { "/var/lib/mysql": {} },
    },
  });
  await pushImage(registry, `${name}:latest`, image);
  return `${registry.host}/${name}:latest`;
}

async function serverFiles(dir: string): Promise<void> {
  for (const folder of ["etc", "run/mysqld", "tmp", "var/lib/mysql"]) {
    await Deno.mkdir(`${dir}/${folder}`, { recursive: true });
  }
  await Deno.chmod(`${dir}/tmp`, 0o1777);
  for (const folder of ["run/mysqld", "var/lib/mysql"]) {
    await Deno.chown(`${dir}/${folder}`, MYSQL, MYSQL);
  }
  const users = [
    "root:x:0:0:root:/root:/bin/sh",
    `mysql:x:${MYSQL}:${MYSQL}::/nonexistent:/bin/false`,
  ];
  await Deno.writeTextFile(`${dir}/etc/passwd`, `${users.join("\n")}\n`);
  await Deno.writeTextFile(`${dir}/etc/group`, `root:x:0:\nmysql:x:${MYSQL}:\n`);
  await Deno.writeTextFile(`${dir}/entrypoint`, ENTRYPOINT, { mode: 0o755 });
  for (const path of [...PROGRAMS, ...await libraries()]) {
    await hostCommand("cp", ["--dereference", "--parents", path, dir]);
  }
  for (const name of ["charsets", "english", "."]) {
    await hostCommand("mkdir", ["-p", `${dir}${SHARED}/${name}`]);
  }
  const files = await Array.fromAsync(Deno.readDir(SHARED));
  const sql = files.map(({ name }) => name).filter((name) => name.endsWith(".sql"));
  for (const name of ["charsets/.", "english/.", ...sql]) {
    const target = name.endsWith("/.") ? `${dir}${SHARED}/${name}` : `${dir}${SHARED}/`;
    await hostCommand("cp", ["-a", `${SHARED}/${name}`, target]);
  }
}

/** The libraries of the programs, and the loader; each where it was found. */
async function libraries(): Promise<string[]> {
  const texts = await Promise.all(PROGRAMS.map((program) => hostCommand("ldd", [program])));
  const paths = texts.flatMap((text) => text.match(/\/\S+\.so\S*/g) ?? []);
  return [...new Set(paths)];
}
