import helmet from '@fastify/helmet';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { safeParse, type $ZodType } from 'zod/v4/core';
import { z } from 'zod';
import { answerBrokenRequest, answerErrors, sendError } from './answer-errors.ts';
import { answerMethods } from './answer-methods.ts';
import type { Api, ApiContext, HttpServer, Routes } from './api.ts';
import { errorBody } from './contract.ts';
import { explainIssues } from './explain-issues.ts';
import { parseJson } from './parse-json.ts';
import { alertRoutes } from './routes/alert-routes.ts';
import { findingRoutes } from './routes/finding-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { ingestRoutes } from './routes/ingest-routes.ts';
import { modelRoutes } from './routes/model-routes.ts';
import { referenceRoutes } from './routes/reference-routes.ts';
import { replayRoutes } from './routes/replay-routes.ts';
import { retrainingRoutes } from './routes/retraining-routes.ts';
import { rolloutRoutes } from './routes/rollout-routes.ts';
import { setAsideRoutes } from './routes/set-aside-routes.ts';
import { serveDashboard } from './serve-dashboard.ts';
import { serveDocs } from './serve-docs.ts';
import { SerinError } from '../errors.ts';
import { refuseStrangers } from '../http/refuse-strangers.ts';

export interface BuildOptions extends ApiContext {
  /** Address that the server will bind to. */
  readonly host: string;
  readonly publicUrl: string | undefined;
  /** Folder of the built web app. */
  readonly dashboard: string;
  readonly log: Logger;
}

const ROUTES: readonly Routes[] = [
  healthRoutes,
  ingestRoutes,
  setAsideRoutes,
  modelRoutes,
  referenceRoutes,
  findingRoutes,
  alertRoutes,
  replayRoutes,
  rolloutRoutes,
  retrainingRoutes,
];

/** All of the HTTP server but listening. */
export async function buildApi(options: BuildOptions): Promise<HttpServer> {
  const server = createServer(options.log);
  const stranger = refuseStrangers(options.host, options.publicUrl);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    stranger(request.raw);
  });
  server.addHook('onResponse', async (request, reply) => {
    options.parts.health.answered(request.routeOptions.url ?? 'none', request.method, reply.statusCode);
  });
  answerErrors(server);
  await serveSecurityHeaders(server);
  const nameOtherMethods = answerMethods(server);
  await serveDocs(server, options.version);
  await serveDashboard(server, options.dashboard);
  for (const routes of ROUTES) {
    await server.register(async (scope) => routes(schemaScope(scope), options));
  }
  nameOtherMethods();
  await server.ready();
  return server;
}

function createServer(log: FastifyBaseLogger): HttpServer {
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    // A slow sender costs a connection, not for ever.
    requestTimeout: 120_000,
    // Refused in our own form instead, see refuse-strangers.ts.
    http: { requireHostHeader: false },
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2048 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
  });
  // RFC 9110, 10.1.1: an expectation other than `100-continue` may be passed over; Node would answer without a body.
  server.server.on('checkExpectation', (request, response) => server.routing(request, response));
  return server;
}

/** Nothing from elsewhere runs or is framed; what the API answers is never kept by a cache, least of all a verdict. */
async function serveSecurityHeaders(server: HttpServer): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Where TLS ends is not known here.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

/** A scope whose routes are declared by zod schemas and take JSON. The root has none: plugins bring JSON Schema there. */
function schemaScope(scope: HttpServer): Api {
  const api = scope.withTypeProvider<ZodTypeProvider>();
  api.setValidatorCompiler<$ZodType>(({ schema }) => (data) => {
    const parsed = safeParse(schema, data);
    return parsed.success ? { value: parsed.data } : { error: explainIssues(parsed.error.issues, schema, data) };
  });
  api.setSerializerCompiler(serializerCompiler);
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseJson(String(text)));
    } catch (error) {
      done(error as Error);
    }
  });
  api.addContentTypeParser('*', (request, _payload, done) => {
    const type = JSON.stringify((request.headers['content-type'] ?? 'missing').slice(0, 100));
    done(new SerinError('unsupported_media_type', `The Content-Type is ${type}; send application/json.`));
  });
  api.addHook('onRoute', ({ url, schema }) => {
    if (schema === undefined) return;
    // An unknown filter that filters nothing would be a wrong answer.
    if (url.startsWith('/v1/')) schema.querystring ??= z.strictObject({});
    schema.response = { '4xx': errorBody, '5xx': errorBody, ...(schema.response as object) };
  });
  return api;
}
