import assert from "node:assert/strict";
import { filterStep, systemCallFilter } from "./seccomp.ts";
import { Annotation, type Spec } from "../spec/spec.ts";

const PROGRAM = Uint8Array.of(6, 0, 0, 0, 0, 0, 0xff, 0x7f);

function spec(linux: Partial<Spec["linux"]>, annotations: Record<string, string> = {}): Spec {
  return { linux: { namespaces: [], ...linux }, annotations } as Partial<Spec> as Spec;
}

const SECCOMP = { defaultAction: "SCMP_ACT_ALLOW" } as const;
const COMPILED = { [Annotation.SECCOMP]: PROGRAM.toBase64() };

Deno.test("systemCallFilter() finds the program beside the rules", () => {
  assert.equal(systemCallFilter(spec({})), undefined);
  assert.deepEqual(systemCallFilter(spec({ seccomp: SECCOMP }, COMPILED)), {
    program: PROGRAM,
    flags: 4,
  });
  const flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"];
  assert.equal(systemCallFilter(spec({ seccomp: { ...SECCOMP, flags } }, COMPILED))?.flags, 2);
});

Deno.test("systemCallFilter() runs nothing unfiltered that has rules", () => {
  assert.throws(() => systemCallFilter(spec({ seccomp: SECCOMP })), {
    kind: "invalid",
    message: 'linux.seccomp: the annotation "dev.tsd.seccomp" with its program is missing',
  });
  const seccomp = { ...SECCOMP, flags: ["SECCOMP_FILTER_FLAG_NEW"] };
  assert.throws(() => systemCallFilter(spec({ seccomp }, COMPILED)), {
    message: 'linux.seccomp: the flag "SECCOMP_FILTER_FLAG_NEW" is unknown',
  });
});

Deno.test("filterStep() hands the kernel a count and an address", () => {
  const { args, name } = filterStep({ program: PROGRAM, flags: 4 });
  assert.equal(name, "seccomp");
  assert.deepEqual(args, [1, 4, { words: [1, PROGRAM] }]);
});

for (const noNewPrivileges of [false, true]) {
  Deno.test({
    name: `executeAs() installs a filter, no_new_privs ${noNewPrivileges}`,
    ignore: Deno.uid() !== 0,
    fn: async () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["eval", "--no-lock", "--no-check"],
          `import { executeAs } from ${JSON.stringify(import.meta.resolve("./execute.ts"))};
           executeAs({
             user: { uid: 0, gid: 0 }, cwd: "/", env: ["PATH=/usr/bin:/bin"],
             args: ["grep", "-E", "^(Seccomp|NoNewPrivs)", "/proc/self/status"],
             noNewPrivileges: ${noNewPrivileges},
           }, { uid: 0, gid: 0, groups: [], home: "/" }, {
             filter: { flags: 4, program: Uint8Array.from(${JSON.stringify([...PROGRAM])}) },
           });`,
        ],
      });
      const { stderr, stdout } = await child.output();
      const text = new TextDecoder().decode(stdout);
      assert.match(text, /Seccomp:\t2/, new TextDecoder().decode(stderr));
      assert.match(text, new RegExp(`NoNewPrivs:\t${Number(noNewPrivileges)}`));
    },
  });
}
