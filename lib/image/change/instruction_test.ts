import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import type { ContainerDefaults } from "../spec/config.ts";
import { applyChanges } from "./mod.ts";

const BASE: ContainerDefaults = { Env: ["HOME=/root", "X=1"], Cmd: ["/bin/sh"] };

const CASES: [changes: string[], expected: ContainerDefaults, base?: ContainerDefaults][] = [
  [[], BASE],
  [["CMD echo $HOME"], { ...BASE, Cmd: ["/bin/sh", "-c", "echo $HOME"] }],
  [['cmd ["a", "b c"]'], { ...BASE, Cmd: ["a", "b c"] }],
  [["CMD ['a']"], { ...BASE, Cmd: ["/bin/sh", "-c", "['a']"] }],
  [["CMD x"], { Cmd: ["/bin/ash", "-e", "x"], Shell: ["/bin/ash", "-e"] }, {
    Shell: ["/bin/ash", "-e"],
  }],
  [["CMD []"], { Env: BASE.Env! }],
  [['ENTRYPOINT ["e"]'], { Env: BASE.Env!, Entrypoint: ["e"] }],
  [['CMD ["c"]', 'ENTRYPOINT ["e"]'], { ...BASE, Cmd: ["c"], Entrypoint: ["e"] }],
  [['ENTRYPOINT ["e"]', 'CMD ["c"]'], { ...BASE, Cmd: ["c"], Entrypoint: ["e"] }],
  [["ENTRYPOINT []"], {}, { Entrypoint: ["old"] }],
  [["ENV X=2 Y=$X"], { ...BASE, Env: ["HOME=/root", "X=2", "Y=1"] }],
  [["ENV X=2", "ENV Y=${X}b"], { ...BASE, Env: ["HOME=/root", "X=2", "Y=2b"] }],
  [["ENV X a b  c"], { ...BASE, Env: ["HOME=/root", "X=a b  c"] }],
  [[`ENV A="b c" B='$X' C=d\\ e D=\\$X E="$X\\"" F=`], {
    ...BASE,
    Env: ["HOME=/root", "X=1", "A=b c", "B=$X", "C=d e", "D=$X", 'E=1"', "F="],
  }],
  [["ENV A=${NO:-d$X} B=${X:+y} C=${NO:+y} D=$NO"], {
    ...BASE,
    Env: ["HOME=/root", "X=1", "A=d1", "B=y", "C=", "D="],
  }],
  [["EXPOSE 80 53/UDP 8000-8002/tcp $X"], {
    ...BASE,
    ExposedPorts: {
      "80/tcp": {},
      "53/udp": {},
      "8000/tcp": {},
      "8001/tcp": {},
      "8002/tcp": {},
      "1/tcp": {},
    },
  }],
  [['LABEL a=1 "b c"="d e"', "LABEL old style label"], {
    ...BASE,
    Labels: { a: "1", "b c": "d e", old: "style label" },
  }],
  [["USER 1000:$X"], { ...BASE, User: "1000:1" }],
  [["VOLUME /a $HOME/b", 'VOLUME ["/c d"]'], {
    ...BASE,
    Volumes: { "/a": {}, "/root/b": {}, "/c d": {} },
  }],
  [["WORKDIR /a/../b", "WORKDIR c/$X"], { ...BASE, WorkingDir: "/b/c/1" }],
  [["STOPSIGNAL SIGINT"], { ...BASE, StopSignal: "SIGINT" }],
  [["ONBUILD RUN make"], { ...BASE, OnBuild: ["RUN make"] }],
  [["HEALTHCHECK NONE"], { ...BASE, Healthcheck: { Test: ["NONE"] } }],
  [["HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f /"], {
    ...BASE,
    Healthcheck: { Test: ["CMD-SHELL", "curl -f /"], Interval: 90e9, Retries: 2 },
  }],
  [['HEALTHCHECK --timeout=1.5s --start-period=1h CMD ["a", "b"]'], {
    ...BASE,
    Healthcheck: { Test: ["CMD", "a", "b"], Timeout: 1.5e9, StartPeriod: 3600e9 },
  }],
  [["# a remark\n\nUSER a\nWORKDIR \\\n  /x"], { ...BASE, User: "a", WorkingDir: "/x" }],
];

for (const [changes, expected, base = BASE] of CASES) {
  Deno.test(`applyChanges() applies ${JSON.stringify(changes)}`, () => {
    assert.deepEqual(applyChanges(base, changes), expected);
  });
}

const REFUSED: [change: string, message: RegExp][] = [
  ["RUN make", /run is not a valid change command/],
  ["FROM x", /from is not a valid change command/],
  ["EXPOES 80", /expoes is not a valid change command, did you mean EXPOSE\?/],
  ["constructor x", /constructor is not a valid change command/],
  ["CMD", /CMD requires at least one argument/],
  ["ENV X", /X must have two arguments/],
  ["ENV X=1 Y", /can't find = in "Y"/],
  ["ENV =1", /names can not be blank/],
  ["ENV X='a", /looking for matching '/],
  ["ENV X=${Y/a/b}", /unsupported modifier/],
  ["ENV X=${Y:?missing}", /Y: missing/],
  ["EXPOSE 0", /Invalid containerPort: 0/],
  ["EXPOSE 70000", /Invalid containerPort: 70000/],
  ["EXPOSE 80/icmp", /Invalid containerPort: 80\/icmp/],
  ["EXPOSE 9-8", /Invalid containerPort: 9-8/],
  ['VOLUME [""]', /can not be an empty string/],
  ["ONBUILD ONBUILD RUN x", /isn't allowed/],
  ["ONBUILD FROM x", /FROM isn't allowed/],
  ["HEALTHCHECK --every=1s CMD x", /unknown flag: --every/],
  ["HEALTHCHECK --interval=1 CMD x", /--interval must be a duration/],
  ["HEALTHCHECK --interval=1us CMD x", /cannot be less than 1ms/],
  ["HEALTHCHECK CMD", /Missing command/],
  ["HEALTHCHECK SHELL x", /Unknown type "SHELL"/],
];

for (const [change, message] of REFUSED) {
  Deno.test(`applyChanges() refuses ${JSON.stringify(change)}`, () => {
    assert.throws(() => applyChanges(BASE, [change]), (error) => {
      assert(error instanceof EngineError);
      assert.equal(error.kind, "invalid");
      assert.match(error.message, message);
      return true;
    });
  });
}
