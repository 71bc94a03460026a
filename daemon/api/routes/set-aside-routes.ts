import { z } from 'zod';
import type { Api, ApiContext } from '../api.ts';
import * as contract from '../contract.ts';
import { toRetried, toSetAside } from '../outside/set-aside.ts';

const tags = ['data'];

/** What was acked and the store refuses, and the command to try it again. */
export function setAsideRoutes(api: Api, { parts: { ingest } }: ApiContext): void {
  api.get(
    '/v1/ingest/set-aside',
    {
      schema: {
        summary: 'Spool segments that the store refused too often; nothing of them is lost',
        tags,
        response: { 200: contract.setAsideList },
      },
    },
    async () => ({ segments: (await ingest.setAside()).map(toSetAside) }),
  );
  api.post(
    '/v1/ingest/set-aside/:segment/retry',
    {
      schema: {
        summary: 'Loads a segment that was set aside once more; what the store has of it is not stored twice',
        tags,
        params: z.object({ segment: z.string() }),
        response: { 200: contract.retriedAnswer },
      },
    },
    async ({ params: { segment } }) => toRetried(await ingest.retry(segment)),
  );
}
