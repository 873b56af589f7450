import assert from "node:assert/strict";
import { type AccountPaths, remappedUsers } from "./remapped_users.ts";

async function accounts(): Promise<AccountPaths & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const files = {
    passwd: "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n",
    group: "root:x:0:\nstaff:x:50:\n",
    subuid: "ann:100000:65536\n# a comment\n1000:300000:1000\nbad:x:y\ndockremap:500000:65536\n",
    subgid: "staff:200000:65536\nann:100000:65536\ndockremap:500000:65536\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, `${folder}/${name}`]));
  return {
    ...paths as unknown as AccountPaths,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("remappedUsers() puts all ranges of a user behind one another, by name and by number", async () => {
  await using paths = await accounts();
  const users = [
    { containerID: 0, hostID: 100000, size: 65536 },
    { containerID: 65536, hostID: 300000, size: 1000 },
  ];
  assert.deepEqual(remappedUsers("ann:staff", {}, paths), {
    users,
    groups: [{ containerID: 0, hostID: 200000, size: 65536 }],
  });
  assert.deepEqual(remappedUsers("1000:50", {}, paths).users, users);
});

Deno.test("remappedUsers() takes a user's name for the group's, and dockremap for default", async () => {
  await using paths = await accounts();
  const { groups } = remappedUsers("ann", {}, paths);
  assert.deepEqual(groups, [{ containerID: 0, hostID: 100000, size: 65536 }]);
  const { users } = remappedUsers("default", {}, paths);
  assert.deepEqual(users, [{ containerID: 0, hostID: 500000, size: 65536 }]);
});

Deno.test("remappedUsers() refuses an account without ids, and what shares the host's", async () => {
  await using paths = await accounts();
  assert.throws(() => remappedUsers("bob", {}, paths), {
    name: "EngineError",
    kind: "invalid",
    message: /subuid gives it no ids; add a line such as "bob:100000:65536"/,
  });
  assert.throws(() => remappedUsers("bad", {}, paths), /no ids/);
  assert.throws(
    () => remappedUsers("ann", { namespaces: { pid: "host" } }, paths),
    /cannot share the host PID namespace when user namespaces are enabled: use --userns host/,
  );
});
