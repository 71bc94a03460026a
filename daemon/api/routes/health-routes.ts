import { z } from 'zod';
import { SerinError } from '../../errors.ts';
import type { Api, ApiContext } from '../api.ts';
import { healthy, readiness, status, unreadiness } from '../contract.ts';
import { errorBodyOf } from '../../http/error-body.ts';
import { toStatus } from '../outside/status.ts';

const tags = ['health'];

/** Whether the process lives, whether requests should come here, and numbers about itself. */
export function healthRoutes(api: Api, { parts: { health }, version }: ApiContext): void {
  api.get(
    '/healthz',
    { schema: { summary: 'The process lives', tags, response: { 200: healthy } } },
    async () => ({ status: 'ok' }) as const,
  );
  api.get(
    '/readyz',
    {
      schema: {
        summary: 'Requests should be sent here; 503 with reasons when not',
        tags,
        response: { 200: readiness, 503: unreadiness },
      },
    },
    async (_request, reply) => {
      const reasons = [...(await health.notReady())];
      if (reasons.length === 0) return reply.send({ ready: true });
      const error = new SerinError('unavailable', `Not ready: ${reasons.join('; ')}`);
      return reply
        .code(503)
        .header('retry-after', '5')
        .send({ ...errorBodyOf(error), ready: false, reasons });
    },
  );
  api.get(
    '/metrics',
    {
      schema: {
        summary: 'Counters and gauges of the daemon for Prometheus',
        tags,
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
    },
    async (_request, reply) =>
      reply
        .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
        .serializer((text: unknown) => String(text))
        .send(await health.metrics()),
  );
  api.get(
    '/v1/status',
    { schema: { summary: 'What the daemon has taken in and stored', tags, response: { 200: status } } },
    async () => toStatus(await health.status(), version),
  );
}
