/**
 * Asks an HTTP server many times: `requests.ts URL COUNT` prints what that took, in milliseconds.
 *
 * @module
 */

const AT_ONCE = 8;

const [url, count] = Deno.args;
let left = Number(count);

async function ask(): Promise<void> {
  while (left-- > 0) {
    const answer = await fetch(url!);
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    await answer.bytes();
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: AT_ONCE }, ask));
const took = performance.now() - start;
await Deno.stdout.write(new TextEncoder().encode(`${took}\n`));
