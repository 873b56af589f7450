/**
 * A proxy in front of a registry that records requests and lets a test answer in its place.
 *
 * @module
 */
import type { Registry } from "./registry.ts";

/**
 * Answers a request in the registry's place.
 *
 * @param request The client's request.
 * @param forward Asks the registry.
 * @returns The answer.
 */
export type Interference = (
  request: Request,
  forward: () => Promise<Response>,
) => Response | Promise<Response>;

/** A running proxy. */
export interface RegistryProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands in references. */
  host: string;
  /** `METHOD PATH` of each request so far; a test may clear it. */
  requests: string[];
  /** What happens to requests; `undefined` forwards all. */
  interference: Interference | undefined;
}

/**
 * Starts a proxy that forwards everything at first.
 *
 * @param registry The registry behind it.
 * @returns The proxy.
 */
export function startRegistryProxy(registry: Registry): RegistryProxy {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    proxy.requests.push(`${request.method} ${url.pathname}`);
    const forward = async () => {
      const { method, body } = request;
      const headers = new Headers(request.headers);
      // fetch() writes its own; without the original the registry names itself in no answer.
      headers.delete("host");
      const response = await fetch(`http://${registry.host}${url.pathname}${url.search}`, {
        method,
        headers,
        body,
        redirect: "manual",
      });
      return throughProxy(response, registry.host);
    };
    return await (proxy.interference?.(request, forward) ?? forward());
  });
  const proxy: RegistryProxy = {
    host: `127.0.0.1:${server.addr.port}`,
    requests: [],
    interference: undefined,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return proxy;
}

/** What the registry says about where to send an upload leads through the proxy too. */
function throughProxy(response: Response, host: string): Response {
  const location = response.headers.get("location");
  if (!location?.startsWith(`http://${host}/`)) return response;
  const headers = new Headers(response.headers);
  headers.set("location", location.slice(`http://${host}`.length));
  return new Response(response.body, { status: response.status, headers });
}
