import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SerinError } from '../../../../daemon/errors.ts';
import type { Ingest } from '../../../../daemon/ingest/ingest.ts';
import { meddleWithFiles } from '../../../support/meddle-with-files.ts';
import { span, traces } from '../../../support/protobuf.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

/** In the manner of SQLite's tests: the first operation on the disk fails, then the second, and so on to the last. */
describe('a disk that fails at one step of the way', () => {
  let temporary: TemporaryIngest;
  /** Operations until one fails; none while it is 0. */
  let left = 0;
  let failed = '';
  const acked = { predictions: 0, labels: 0, spans: 0 };

  beforeAll(async () => {
    temporary = await temporaryIngest();
    meddleWithFiles(temporary.directory, (operation, act) => {
      if (left === 0 || --left > 0) return act();
      failed = operation;
      return Promise.reject(Object.assign(new Error(`EIO: i/o error, ${operation}`), { code: 'EIO' }));
    });
  });
  afterAll(async () => {
    left = 0;
    await temporary.remove();
  });

  /** Sends again what was not taken, as a client does; other answers than "send again" are thrown. */
  async function deliver(send: (ingest: Ingest) => Promise<{ accepted: number }>): Promise<number> {
    for (let tries = 0; ; tries++) {
      try {
        return (await send(temporary.ingest)).accepted;
      } catch (error) {
        if (!(error instanceof SerinError) || error.code !== 'not_durable' || tries > 5) throw error;
        expect(error.retryAfterSeconds).toBeGreaterThan(0);
      }
    }
  }

  it('loses nothing and doubles nothing, whichever step it is', async () => {
    const steps: Record<string, number> = {};
    let passed = 0;
    for (let step = 1; passed < 3; step++) {
      const at = temporary.clock.now();
      const ids = [`${step}a`, `${step}b`];
      left = step;
      failed = '';
      acked.predictions += await deliver((ingest) =>
        ingest.accept(
          'predictions',
          'ndjson',
          lines(ids.map((id) => ({ prediction_id: id, model: 'm', version: `v${step % 3}`, timestamp: at, score: 1 }))),
        ),
      );
      acked.labels += await deliver((ingest) =>
        ingest.accept('labels', 'ndjson', lines([{ prediction_id: ids[0], label: step }])),
      );
      acked.spans += await deliver((ingest) =>
        ingest.acceptOtlp('traces', 'protobuf', traces('s', span(at), span(at))),
      );
      await temporary.ingest.flush();
      left = 0;
      if (failed === '') passed++;
      else steps[failed] = (steps[failed] ?? 0) + 1;
    }
    const [row] = await temporary.rows(
      `SELECT (SELECT count() FROM {database}.predictions) AS predictions,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score') AS counted,
              (SELECT count() FROM {database}.labels) AS labels,
              (SELECT count() FROM {database}.otel_traces) AS spans,
              (SELECT sum(count) FROM {database}.span_minutes) AS counted_spans`,
    );
    const { predictions, labels, spans } = acked;
    expect(row).toEqual({ predictions, counted: predictions, labels, spans, counted_spans: spans });
    for (const operation of ['open', 'writev', 'datasync', 'sync', 'rename', 'rm'])
      expect(steps[operation], operation).toBeGreaterThanOrEqual(1);
    expect(await temporary.ingest.setAside()).toEqual([]);
  }, 120_000);
});
