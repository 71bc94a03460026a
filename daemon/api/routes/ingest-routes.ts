import { byteBudget } from '../../http/byte-budget.ts';
import { SerinError } from '../../errors.ts';
import { readBody } from '../../http/read-body.ts';
import { answerToRecords, emptyBody, RECORD_TYPES, unknownType } from '../../http/record-answers.ts';
import { ENCODINGS } from '../../http/unpack-body.ts';
import type { Api, ApiContext } from '../api.ts';
import { admission, labelRecord, predictionRecord, refusal } from '../contract.ts';
import { z } from 'zod';

const TYPES = Object.values(RECORD_TYPES);

/** So many bodies of the largest size may be in memory at once. */
const LARGEST_BODIES = 4;

const BULK =
  'Who sends much sends it to the same path on the port of OTLP/HTTP (`listen.otlp_http`, 4318): statuses and bodies are the same, and it costs the daemon less CPU.';

const RECORDS = {
  predictions: { of: predictionRecord, summary: 'Takes predictions; acked means durable' },
  labels: { of: labelRecord, summary: 'Takes labels, early, late, twice or revised' },
} as const;

/**
 * The doors for predictions and labels. Bodies go to the ingest room as bytes: nothing is parsed here, and the
 * schemas only document what the door admits.
 */
export function ingestRoutes(api: Api, { parts }: ApiContext): void {
  const { maxBodyBytes } = parts.ingest;
  const limits = { maxBytes: maxBodyBytes, budget: byteBudget(LARGEST_BODIES * maxBodyBytes) };
  api.removeAllContentTypeParsers();
  api.addContentTypeParser(TYPES, (_request, _payload, done) => done(null));
  api.addContentTypeParser('*', (request, _payload, done) => done(unknownType(request.headers['content-type'])));

  for (const kind of ['predictions', 'labels'] as const) {
    api.route({
      method: 'POST',
      url: `/v1/${kind}`,
      schema: {
        summary: RECORDS[kind].summary,
        description: BULK,
        tags: ['data'],
        consumes: TYPES,
        body: z.array(RECORDS[kind].of),
        response: { 200: admission, 400: refusal },
      },
      validatorCompiler: () => (data) => ({ value: data }),
      handler: async (request, reply) => {
        const type = request.mediaType;
        if (type === undefined) throw emptyBody(kind);
        const body = await readBody(request.raw, limits).catch((error: unknown) => {
          if (error instanceof SerinError && error.code === 'unsupported_media_type')
            reply.header('accept-encoding', ENCODINGS.join(', '));
          throw error;
        });
        try {
          if (body.parts.every(({ length }) => length === 0)) throw emptyBody(kind);
          const form = type === RECORD_TYPES.json ? 'json' : 'ndjson';
          const admitted = await parts.ingest.accept(kind, form, body.parts);
          const { status, body: answer } = answerToRecords(kind, admitted);
          return await reply.code(status).send(answer);
        } finally {
          body.release();
        }
      },
    });
  }
}
