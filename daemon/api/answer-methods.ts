import type { RouteOptions } from 'fastify';
import { SerinError } from '../errors.ts';
import type { HttpServer } from './api.ts';

/** What an exporter that was given the port of the API sends to. */
const OTLP = /^\/v1\/(?:traces|logs|metrics)$/;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

/**
 * Remembers every route; the function that comes back then answers the methods that a path does not have: `OPTIONS`
 * with 204, others with 405, both naming the allowed ones.
 */
export function answerMethods(server: HttpServer): () => void {
  const allowed = new Map<string, Set<string>>();
  const remember = ({ url, method }: RouteOptions): void => {
    // The pages of the documentation bring routes, and answers, of their own.
    if (url.startsWith('/docs')) return;
    const methods = allowed.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    allowed.set(url, methods);
  };
  server.addHook('onRoute', remember);
  return () => {
    for (const [url, methods] of allowed) {
      const allow = [...methods, 'OPTIONS'].join(', ');
      server.route({
        method: METHODS.filter((method) => !methods.has(method)),
        url,
        schema: { hide: true },
        exposeHeadRoute: false,
        // Before a body is looked at: what it holds does not matter.
        onRequest: async (request, reply) => {
          reply.header('allow', allow);
          if (request.method === 'OPTIONS') return reply.code(204).send();
          const where = OTLP.test(request.url) ? ' OTLP goes to port 4318 (HTTP) or 4317 (gRPC), see `listen`.' : '';
          throw new SerinError('method_not_allowed', `${request.method} is not allowed here; ${allow} are.${where}`);
        },
        handler: () => undefined,
      });
    }
  };
}
