import { byteBudget } from '../../http/byte-budget.ts';
import { SerinError } from '../../errors.ts';
import { readBody } from '../../http/read-body.ts';
import { ENCODINGS } from '../../http/unpack-body.ts';
import type { Api, ApiContext } from '../api.ts';
import { admission, labelRecord, predictionRecord, refusal } from '../contract.ts';
import { errorBodyOf } from '../error-answer.ts';
import { z } from 'zod';

const TYPES = ['application/x-ndjson', 'application/json'];

/** So many bodies of the largest size may be in memory at once. */
const LARGEST_BODIES = 4;

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
  api.addContentTypeParser('*', (request, _payload, done) => {
    done(
      new SerinError(
        'unsupported_media_type',
        `The Content-Type is ${JSON.stringify((request.headers['content-type'] ?? 'missing').slice(0, 100))}; send ${TYPES.join(' or ')}.`,
      ),
    );
  });

  for (const kind of ['predictions', 'labels'] as const) {
    api.route({
      method: 'POST',
      url: `/v1/${kind}`,
      schema: {
        summary: RECORDS[kind].summary,
        tags: ['data'],
        consumes: TYPES,
        body: z.array(RECORDS[kind].of),
        response: { 200: admission, 400: refusal },
      },
      validatorCompiler: () => (data) => ({ value: data }),
      handler: async (request, reply) => {
        const type = request.mediaType;
        if (type === undefined) throw new SerinError('nothing_acceptable', `The body is empty; send ${kind}.`);
        const body = await readBody(request.raw, limits).catch((error: unknown) => {
          if (error instanceof SerinError && error.code === 'unsupported_media_type')
            reply.header('accept-encoding', ENCODINGS.join(', '));
          throw error;
        });
        try {
          if (body.parts.every(({ length }) => length === 0))
            throw new SerinError('nothing_acceptable', `The body is empty; send ${kind}.`);
          const form = type === 'application/json' ? 'json' : 'ndjson';
          const { accepted, rejected, errors } = await parts.ingest.accept(kind, form, body.parts);
          const answer = { accepted, rejected, errors: errors.map((error) => ({ ...error })) };
          if (accepted > 0 || rejected === 0) return await reply.send(answer);
          const refused = new SerinError('nothing_acceptable', `None of ${rejected} ${kind} could be taken.`);
          return await reply.code(400).send({ ...errorBodyOf(refused), ...answer });
        } finally {
          body.release();
        }
      },
    });
  }
}
