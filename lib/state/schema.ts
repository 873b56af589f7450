/**
 * The tables of `state.db`, as a list of migrations.
 *
 * @module
 */

/**
 * One entry a version of the schema; the database's `user_version` counts those applied.
 *
 * An entry that was released is never changed: a new one is added.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- Unpacked layers: a row exists only while TSD_ROOT/layers/HEX is complete.
  CREATE TABLE layers (
    diff_id TEXT PRIMARY KEY,            -- sha256:HEX of the uncompressed tar
    size INTEGER NOT NULL,               -- bytes of its files
    created_at INTEGER NOT NULL,         -- ms since the epoch
    unsynced_boot_id TEXT                -- of the boot it was unpacked in, until it is on the device
  ) STRICT;

  CREATE TABLE images (
    id TEXT PRIMARY KEY,                 -- digest of the config
    config TEXT NOT NULL,                -- the OCI image config, as pulled
    manifest_digest TEXT NOT NULL,       -- of the platform's manifest (a blob)
    size INTEGER NOT NULL,               -- bytes of all its layers' files
    created_at INTEGER NOT NULL,         -- ms since the epoch, as its config says; else 0
    pulled_at INTEGER NOT NULL           -- ms since the epoch
  ) STRICT;

  CREATE TABLE image_layers (
    image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,           -- 0 is the lowest
    diff_id TEXT NOT NULL REFERENCES layers(diff_id),
    blob TEXT NOT NULL,                  -- digest of the layer as the registry has it
    media_type TEXT NOT NULL,
    blob_size INTEGER NOT NULL,          -- bytes, compressed
    PRIMARY KEY (image_id, position)
  ) STRICT;
  CREATE INDEX image_layers_diff_id ON image_layers(diff_id);
  CREATE INDEX image_layers_blob ON image_layers(blob);

  CREATE TABLE tags (
    reference TEXT PRIMARY KEY,          -- docker.io/library/alpine:latest
    image_id TEXT NOT NULL REFERENCES images(id),
    updated_at INTEGER NOT NULL          -- ms since the epoch
  ) STRICT;
  CREATE INDEX tags_image_id ON tags(image_id);

  -- By which digest a repository knows an image: of its index where it has one.
  CREATE TABLE repository_digests (
    repository TEXT NOT NULL,            -- docker.io/library/alpine
    digest TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
    PRIMARY KEY (repository, digest, image_id)
  ) STRICT;
  CREATE INDEX repository_digests_digest ON repository_digests(digest);
  CREATE INDEX repository_digests_image_id ON repository_digests(image_id);

  CREATE TABLE containers (
    id TEXT PRIMARY KEY,                 -- 64 hex digits
    name TEXT NOT NULL UNIQUE,
    image_id TEXT REFERENCES images(id), -- NULL for --rootfs
    image_name TEXT NOT NULL,            -- as the user gave it
    created_at INTEGER NOT NULL,         -- ms since the epoch
    settings TEXT NOT NULL,              -- ContainerSettings as JSON
    status TEXT NOT NULL,                -- ContainerStatus
    boot_id TEXT,                        -- of the boot that pid belongs to
    pid INTEGER,                         -- of PID 1, on the host
    pid_start INTEGER,                   -- /proc/PID/stat field 22, clock ticks
    exit_code INTEGER,
    oom_killed INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    started_at INTEGER,                  -- ms since the epoch
    finished_at INTEGER,                 -- ms since the epoch
    restart_count INTEGER NOT NULL DEFAULT 0, -- by its restart policy, since its last start by hand
    stopped_by_hand INTEGER NOT NULL DEFAULT 0, -- 1: no restart policy starts it again
    health TEXT                          -- HealthState as JSON; NULL without a health check
  ) STRICT;
  CREATE INDEX containers_image_id ON containers(image_id);
  CREATE INDEX containers_status ON containers(status);

  -- What happened; the oldest are dropped, see events.ts.
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,               -- ms since the epoch
    type TEXT NOT NULL,                  -- container, image, network, volume
    action TEXT NOT NULL,                -- create, start, die, ...
    actor_id TEXT NOT NULL,
    attributes TEXT NOT NULL             -- JSON object of strings
  ) STRICT;
  CREATE INDEX events_time ON events(time);
  `,
  `
  CREATE TABLE networks (
    id TEXT PRIMARY KEY,                 -- 64 hex digits
    name TEXT NOT NULL UNIQUE,
    driver TEXT NOT NULL,                -- bridge, macvlan, ipvlan; of the predefined also host, null
    created_at INTEGER NOT NULL,         -- ms since the epoch
    interface TEXT UNIQUE,               -- the host's bridge; NULL where there is none, or none yet
    internal INTEGER NOT NULL DEFAULT 0, -- 1: no way out
    ipv6 INTEGER NOT NULL DEFAULT 0,     -- 1: with IPv6 addresses
    subnets TEXT NOT NULL DEFAULT '[]',  -- NetworkSubnet[] as JSON
    options TEXT NOT NULL DEFAULT '{}',  -- the driver's, as JSON
    labels TEXT NOT NULL DEFAULT '{}'    -- JSON object of strings
  ) STRICT;

  -- The default bridge gets its subnet when it is used first, see default_network.ts.
  INSERT INTO networks (id, name, driver, created_at)
    SELECT lower(hex(randomblob(32))), column1, column2,
      CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    FROM (VALUES ('bridge', 'bridge'), ('host', 'host'), ('none', 'null'));

  -- That a container is connected to a network; the addresses are its own while it runs, and at any
  -- time where it asked for them.
  CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,                 -- 64 hex digits
    network_id TEXT NOT NULL REFERENCES networks(id),
    container_id TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    wishes TEXT NOT NULL,                -- EndpointWishes as JSON
    address4 TEXT,                       -- without its prefix length
    address6 TEXT,
    mac TEXT,
    interface TEXT,                      -- its name in the container, while that runs: eth0
    UNIQUE (network_id, container_id),
    UNIQUE (network_id, address4),
    UNIQUE (network_id, address6),
    UNIQUE (network_id, mac)
  ) STRICT;
  CREATE INDEX endpoints_container_id ON endpoints(container_id);
  `,
  `
  -- Ports of the host that lead to containers, while these run.
  CREATE TABLE published_ports (
    id INTEGER PRIMARY KEY,
    container_id TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    container_port INTEGER NOT NULL,
    protocol TEXT NOT NULL,              -- tcp, udp, sctp
    host_address TEXT NOT NULL,          -- 0.0.0.0 and :: are all of them
    host_port INTEGER NOT NULL,
    container_address TEXT NOT NULL,     -- of the same version of IP
    UNIQUE (protocol, host_port, host_address)
  ) STRICT;
  CREATE INDEX published_ports_container_id ON published_ports(container_id);
  `,
  `
  CREATE TABLE volumes (
    name TEXT PRIMARY KEY,
    driver TEXT NOT NULL,
    options TEXT NOT NULL,               -- JSON object of strings
    labels TEXT NOT NULL,                -- JSON object of strings
    created_at INTEGER NOT NULL          -- ms since the epoch
  ) STRICT;

  -- Which containers have a volume: while a row names it, it cannot be removed.
  CREATE TABLE container_volumes (
    container_id TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    volume TEXT NOT NULL REFERENCES volumes(name),
    PRIMARY KEY (container_id, volume)
  ) STRICT;
  CREATE INDEX container_volumes_volume ON container_volumes(volume);
  `,
  `
  -- That a container that did not run was to be connected to a network that was removed.
  CREATE TABLE lost_networks (
    container_id TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    name TEXT NOT NULL,                  -- the network's
    wishes TEXT NOT NULL,                -- EndpointWishes as JSON
    PRIMARY KEY (container_id, name)
  ) STRICT;
  `,
  `
  -- No table changes: an upgrade from before closes directories to others (private_directories.ts).
  `,
];
