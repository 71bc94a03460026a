import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Parts } from './parts.ts';

/** The HTTP server before any plugin: no schemas are checked here. */
export type HttpServer = FastifyInstance;

/** The scope in which routes are declared by zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes need besides the request. */
export interface ApiContext {
  readonly parts: Parts;
  /** The address at which people reach a page of the dashboard, such as `/alerts/<id>`. */
  link(path: string): string;
  /** Of the program. */
  readonly version: string;
}

/** Declares some routes; one line each in `build-api.ts`. */
export type Routes = (api: Api, context: ApiContext) => void;
