import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { HttpServer } from './api.ts';

/** OpenAPI out of the schemas of the routes, as JSON at `/docs/json` and as pages at `/docs`. Before any route. */
export async function serveDocs(server: HttpServer, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Serin',
        version,
        description:
          'Watches machine-learning models in production. Times are RFC 3339 in UTC, shares 0..1. Every answer that is an error is `{ "error": { "code", "message", "field"?, "hint"? } }`; docs/errors.md lists the codes.',
      },
    },
    transform: jsonSchemaTransform,
  });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    // The pages set style attributes; scripts come from here alone.
    staticCSP: "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    uiConfig: { deepLinking: true },
  });
}
