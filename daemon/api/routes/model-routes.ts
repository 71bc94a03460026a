import { z } from 'zod';
import type { Api, ApiContext } from '../api.ts';
import * as contract from '../contract.ts';
import { filter, given } from '../outside/given.ts';
import {
  fromInput,
  fromModelChange,
  toDistribution,
  toModel,
  toOperations,
  toSeenVersions,
  toSeries,
  toShift,
  toTraces,
  toVersion,
} from '../outside/model.ts';
import { fromWindow } from '../outside/time.ts';

const tags = ['models'];
const params = z.object({ model: contract.name });

/** Models: settings, versions, references, and the pictures of their traffic. */
export function modelRoutes(api: Api, { parts: { models } }: ApiContext): void {
  api.get(
    '/v1/models',
    { schema: { summary: 'Every model seen', tags, response: { 200: contract.modelList } } },
    async () => ({ models: (await models.list()).map(toModel) }),
  );
  api.get(
    '/v1/models/:model',
    { schema: { summary: 'One model', tags, params, response: { 200: contract.model } } },
    async ({ params: { model } }) => toModel(await models.get(model)),
  );
  api.put(
    '/v1/models/:model',
    {
      schema: {
        summary: 'Changes settings of a model; what is not named stays',
        tags,
        params,
        body: contract.modelChange,
        response: { 200: contract.model },
      },
    },
    async ({ params: { model }, body }) => toModel(await models.change(model, fromModelChange(body))),
  );
  api.put(
    '/v1/models/:model/reference',
    {
      schema: {
        summary: 'Pins the time that windows are judged against, or goes back to an earlier reference',
        tags,
        params,
        body: contract.referenceChange,
        response: { 200: contract.model },
      },
    },
    async ({ params: { model }, body }) =>
      toModel(
        'id' in body
          ? await models.useReference(model, body.id)
          : await models.pinReference(model, { version: body.version ?? null, window: fromWindow(body) }),
      ),
  );
  versionRoutes(api, models);
  pictureRoutes(api, models);
}

function versionRoutes(api: Api, models: ApiContext['parts']['models']): void {
  api.get(
    '/v1/models/:model/versions',
    { schema: { summary: 'Versions seen or registered', tags, params, response: { 200: contract.versionList } } },
    async ({ params: { model } }) => ({ versions: toSeenVersions(await models.get(model)) }),
  );
  api.post(
    '/v1/models/:model/versions',
    {
      schema: {
        summary: 'Registers a TensorFlow.js model as a version, after checking it',
        tags,
        params,
        body: contract.versionRegistration,
        response: { 201: contract.version },
      },
    },
    async ({ params: { model }, body: { inputs, positive_class: positiveClass, ...registration } }, reply) => {
      const registered = await models.register(model, {
        ...given({ ...registration, positiveClass }),
        inputs: inputs.map(fromInput),
      });
      return reply.code(201).send(toVersion(registered));
    },
  );
}

function pictureRoutes(api: Api, models: ApiContext['parts']['models']): void {
  api.get(
    '/v1/models/:model/distribution',
    {
      schema: {
        summary: 'A feature, the score, the latency or the decision: window against reference',
        tags,
        params,
        querystring: contract.distributionQuery,
        response: { 200: contract.distribution },
      },
    },
    async ({ params: { model }, query: { version, slice, kind, feature, ...times } }) =>
      toDistribution(
        await models.distribution(model, {
          ...given({ version: filter(version) }),
          slice,
          kind,
          feature,
          window: fromWindow(times),
        }),
      ),
  );
  api.get(
    '/v1/models/:model/shift',
    {
      schema: {
        summary: 'Which slices carry the shift of a feature, or of the score, between reference and window',
        tags,
        params,
        querystring: contract.shiftQuery,
        response: { 200: contract.shift },
      },
    },
    async ({ params: { model }, query: { kind, feature, ...times } }) =>
      toShift(
        await models.shift(model, { feature: kind === 'score' ? undefined : feature, window: fromWindow(times) }),
      ),
  );
  api.get(
    '/v1/models/:model/series',
    {
      schema: {
        summary: 'Traffic, score, latency and accuracy over time',
        tags,
        params,
        querystring: contract.seriesQuery,
        response: { 200: contract.series },
      },
    },
    async ({ params: { model }, query: { version, slice, points, ...times } }) =>
      toSeries(
        await models.series(model, {
          ...given({ version: filter(version) }),
          slice,
          points,
          window: fromWindow(times),
        }),
      ),
  );
  api.get(
    '/v1/models/:model/operations',
    {
      schema: {
        summary: 'Durations and errors of each operation of the services of the model',
        tags,
        params,
        querystring: contract.windowQuery,
        response: { 200: contract.operations },
      },
    },
    async ({ params: { model }, query }) => toOperations(await models.operations(model, fromWindow(query))),
  );
  api.get(
    '/v1/traces',
    {
      schema: {
        summary: 'Spans of one service, slowest first',
        tags,
        querystring: contract.tracesQuery,
        response: { 200: contract.traces },
      },
    },
    async ({ query: { service, operation, limit, errors, ...times } }) =>
      toTraces(
        await models.traces({
          service,
          ...given({ operation: filter(operation) }),
          limit,
          onlyErrors: errors === 'true',
          window: fromWindow(times),
        }),
      ),
  );
  api.get(
    '/v1/traces/:trace_id',
    {
      schema: {
        summary: 'Spans of one trace, oldest first',
        tags,
        params: z.object({ trace_id: contract.traceId }),
        response: { 200: contract.traces },
      },
    },
    async ({ params: { trace_id: traceId } }) => toTraces(await models.trace(traceId)),
  );
}
