import { z } from 'zod';
import type { Api, ApiContext } from '../api.ts';
import * as contract from '../contract.ts';
import { filter, given } from '../outside/given.ts';
import { fromInput } from '../outside/model.ts';
import { toRetraining, toSnapshot } from '../outside/retraining.ts';

const tags = ['retraining'];
const params = z.object({ id: z.string() });

/** Retrainings, the call-back of their jobs, and the snapshots they train on. */
export function retrainingRoutes(api: Api, { parts: { retrainings } }: ApiContext): void {
  api.get(
    '/v1/retrainings',
    {
      schema: {
        summary: 'Retrainings, newest first',
        tags,
        querystring: contract.modelFilter,
        response: { 200: contract.retrainingList },
      },
    },
    async ({ query }) => ({ retrainings: (await retrainings.list(filter(query.model))).map(toRetraining) }),
  );
  api.post(
    '/v1/retrainings',
    {
      schema: {
        summary: 'Starts a retraining by hand',
        tags,
        body: contract.retrainingRequest,
        response: { 201: contract.retraining },
      },
    },
    async ({ body: { model, reason } }, reply) =>
      reply.code(201).send(toRetraining(await retrainings.start(model, reason))),
  );
  api.post(
    '/v1/retrainings/:id/complete',
    {
      schema: {
        summary: 'A job has made a new version; with path and inputs it is registered too',
        tags,
        params,
        body: contract.retrainingCompletion,
        response: { 200: contract.retraining },
      },
    },
    async ({ params: { id }, body: { inputs, ...result } }) =>
      toRetraining(await retrainings.complete(id, given({ ...result, inputs: inputs?.map(fromInput) }))),
  );
  api.post(
    '/v1/retrainings/:id/fail',
    {
      schema: {
        summary: 'A job has failed',
        tags,
        params,
        body: contract.retrainingFailure,
        response: { 200: contract.retraining },
      },
    },
    async ({ params: { id }, body: { reason } }) => toRetraining(await retrainings.fail(id, reason)),
  );
  api.get(
    '/v1/snapshots/:id',
    { schema: { summary: 'The manifest of frozen training data', tags, params, response: { 200: contract.snapshot } } },
    async ({ params: { id } }) => toSnapshot(await retrainings.snapshot(id)),
  );
}
