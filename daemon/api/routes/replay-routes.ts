import { z } from 'zod';
import type { Api, ApiContext } from '../api.ts';
import { liveShadow, liveShadowList, modelFilter, replay, replayList, replayRequest, started } from '../contract.ts';
import { filter, given } from '../outside/given.ts';
import { toLiveShadow, toReplay } from '../outside/replay.ts';
import { fromWindow } from '../outside/time.ts';

const tags = ['replays'];

/** Recorded traffic through a candidate. */
export function replayRoutes(api: Api, { parts: { replays, shadows } }: ApiContext): void {
  api.post(
    '/v1/replays',
    {
      schema: { summary: 'Starts a replay in the background', tags, body: replayRequest, response: { 202: started } },
    },
    async ({ body: { from, to, ...request } }, reply) => {
      const { id } = await replays.start({ ...given(request), window: fromWindow({ from, to }) });
      return reply
        .code(202)
        .header('location', `/v1/replays/${encodeURIComponent(id)}`)
        .send({ id });
    },
  );
  api.get(
    '/v1/replays',
    { schema: { summary: 'Replays, newest first', tags, querystring: modelFilter, response: { 200: replayList } } },
    async ({ query }) => ({ replays: (await replays.list(filter(query.model))).map(toReplay) }),
  );
  api.get(
    '/v1/replays/:id',
    {
      schema: {
        summary: 'Progress, then the comparison',
        tags,
        params: z.object({ id: z.string() }),
        response: { 200: replay },
      },
    },
    async ({ params: { id } }) => toReplay(await replays.get(id)),
  );
  api.delete(
    '/v1/replays/:id',
    {
      schema: {
        summary: 'Cancels a replay that is queued or runs',
        description:
          'What it has scored stays. Said twice it answers the same; 409 when the replay is done or has failed.',
        tags,
        params: z.object({ id: z.string() }),
        response: { 200: replay },
      },
    },
    async ({ params: { id } }) => toReplay(await replays.cancel(id)),
  );
  api.get(
    '/v1/shadows',
    {
      schema: {
        summary: 'Candidates that score what comes in',
        tags,
        querystring: modelFilter,
        response: { 200: liveShadowList },
      },
    },
    async ({ query }) => ({ shadows: (await shadows.list(filter(query.model))).map(toLiveShadow) }),
  );
  api.get(
    '/v1/shadows/:id',
    {
      schema: {
        summary: 'One live shadow, with what it found so far',
        tags,
        params: z.object({ id: z.string() }),
        response: { 200: liveShadow },
      },
    },
    async ({ params: { id } }) => toLiveShadow(await shadows.get(id)),
  );
}
