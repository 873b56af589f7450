import assert from "node:assert/strict";
import { checkContainerName, generateContainerId, generateContainerName } from "./name.ts";

Deno.test("checkContainerName() accepts what Docker accepts", () => {
  for (const name of ["ab", "a1", "0_", "Web.1", "a-b_c.d", "x".repeat(200)]) {
    checkContainerName(name);
  }
});

Deno.test("checkContainerName() refuses the rest", () => {
  for (const name of ["", "a", "-a", ".a", "_a", "a b", "a/b", "ä1", "ab\n", "a\0b", "/ab"]) {
    assert.throws(() => checkContainerName(name), {
      name: "EngineError",
      kind: "invalid",
      message: `Cannot create container "${name}": Invalid container name (${name}), only ` +
        "[a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
    });
  }
});

Deno.test("generateContainerName() makes valid names up, with a number from the third on", () => {
  for (let round = 0; round < 50; round++) {
    for (let attempt = 0; attempt <= 12; attempt++) {
      const name = generateContainerName(attempt);
      checkContainerName(name);
      assert.match(name, attempt < 2 ? /^[a-z]+_[a-z]+$/ : /^[a-z]+_[a-z]+\d+$/);
    }
  }
});

Deno.test("generateContainerId() makes 64 digits up whose first twelve are no number", () => {
  const ids = new Set(Array.from({ length: 2000 }, generateContainerId));
  assert.equal(ids.size, 2000);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.doesNotMatch(id, /^\d{12}/);
  }
});
