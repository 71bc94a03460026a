import { z } from 'zod';
import { SerinError } from '../../errors.ts';
import type { Api, ApiContext } from '../api.ts';
import * as contract from '../contract.ts';
import { given } from '../outside/given.ts';
import { toHistogram } from '../outside/model.ts';
import { toReference } from '../outside/reference.ts';
import type { ReferencesPart } from '../references-part.ts';

type Format = Parameters<ReferencesPart['upload']>[1]['format'];

const FORMATS: Readonly<Record<string, Format>> = {
  'application/vnd.apache.parquet': 'parquet',
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
};

const tags = ['models'];
const params = z.object({ model: contract.name });
const one = params.extend({ reference: z.string().max(100) });

/** References as they were taken, and the door for those that come as files. Bodies go to disk as they come. */
export function referenceRoutes(api: Api, { parts: { references } }: ApiContext): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));
  api.post(
    '/v1/models/:model/references',
    {
      schema: {
        summary: 'Takes a Parquet, CSV or NDJSON file as the reference of a model',
        tags,
        params,
        consumes: [...Object.keys(FORMATS), 'application/octet-stream'],
        querystring: contract.uploadQuery,
        response: { 201: contract.takenReference },
      },
    },
    async ({ params: { model }, query: { format, ...columns }, headers, raw, mediaType }, reply) => {
      if (headers['content-encoding'] !== undefined)
        throw new SerinError(
          'unsupported_media_type',
          `The Content-Encoding is ${JSON.stringify(headers['content-encoding'].slice(0, 100))}; send the file as it is.`,
          { field: 'Content-Encoding' },
        );
      const named = format ?? FORMATS[mediaType ?? ''];
      if (named === undefined)
        throw new SerinError(
          'unsupported_media_type',
          `The Content-Type is ${JSON.stringify((mediaType ?? 'missing').slice(0, 100))}; send ${Object.keys(FORMATS).join(', ')}, or name the format as ?format=parquet, csv or ndjson.`,
          { field: 'format' },
        );
      const taken = await references.upload(model, { format: named, body: raw, columns: given(columns) });
      reply.header('location', `/v1/models/${encodeURIComponent(model)}/references/${taken.id}`);
      return reply.code(201).send(toReference(taken));
    },
  );
  api.get(
    '/v1/models/:model/references',
    {
      schema: {
        summary: 'References of a model that were ever taken',
        tags,
        params,
        response: { 200: contract.referenceList },
      },
    },
    async ({ params: { model } }) => ({ references: (await references.list(model)).map(toReference) }),
  );
  api.get(
    '/v1/models/:model/references/:reference',
    {
      schema: {
        summary: 'One reference',
        tags,
        params: one,
        response: { 200: contract.takenReference },
      },
    },
    async ({ params: { model, reference } }) => toReference(await references.get(model, reference)),
  );
  exportRoutes(api, references);
}

function exportRoutes(api: Api, references: ReferencesPart): void {
  api.get(
    '/v1/models/:model/references/:reference/rows',
    {
      schema: {
        summary: 'The rows of a reference with their labels, as a Parquet file that can be uploaded again',
        tags,
        params: one,
        produces: ['application/vnd.apache.parquet'],
      },
    },
    async ({ params: { model, reference } }, reply) =>
      reply
        .type('application/vnd.apache.parquet')
        .header('content-disposition', 'attachment; filename="reference.parquet"')
        .send(await references.rows(model, reference)),
  );
  api.get(
    '/v1/models/:model/references/:reference/histograms',
    {
      schema: {
        summary: 'The histograms of a reference, as the detectors see them',
        tags,
        params: one,
        response: { 200: contract.referenceHistograms },
      },
    },
    async ({ params: { model, reference } }) => ({
      reference: toReference(await references.get(model, reference)),
      histograms: (await references.histograms(model, reference)).map(({ histogram, ...place }) => ({
        ...place,
        histogram: toHistogram(histogram),
      })),
    }),
  );
}
