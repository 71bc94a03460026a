import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  goodPrediction,
  ndjson,
  PREDICTION_POISONS,
  spanPoisons,
  type GoodPrediction,
} from '../../../support/poisons.ts';
import { fixed64, span, traces } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

/** Of each body, the poison among them. */
const RECORDS = 2000;

describe('one poison record among many costs itself', () => {
  let temporary: TemporaryIngest;
  let ids = 0;
  let taken = 0;
  beforeAll(async () => {
    temporary = await temporaryIngest();
  });
  afterAll(() => temporary.remove());

  it.each(PREDICTION_POISONS)('of predictions: %s', async (_what, poison) => {
    const good = (): GoodPrediction => goodPrediction(`p${ids++}`, temporary.clock.now());
    const lines: (string | Buffer)[] = Array.from({ length: RECORDS - 1 }, () => JSON.stringify(good()));
    const place = Math.floor(RECORDS / 3);
    lines.splice(place, 0, poison(good()));
    const answer = await temporary.ingest.accept('predictions', 'ndjson', ndjson(lines));
    expect(answer).toMatchObject({ accepted: RECORDS - 1, rejected: 1, errors: [{ line: place + 1 }] });
    expect(answer.errors[0]!.message.length).toBeGreaterThan(5);
    taken += RECORDS - 1;
  });

  it('of spans, each kind at once: the others are stored', async () => {
    const at = temporary.clock.now();
    const poisons = spanPoisons(at).map(([, poison]) => poison);
    const mended = [
      span(at, { end: BigInt(at - 1000) * 1_000_000n }),
      span(at, { more: [fixed64(7, BigInt(at) * 1_000_000n)] }),
    ];
    const spans = Array.from({ length: RECORDS }, () => span(at));
    const body = traces('s', ...spans.slice(0, 700), ...poisons, ...mended, ...spans.slice(700));
    const answer = await temporary.ingest.acceptOtlp('traces', 'protobuf', body);
    expect(answer).toMatchObject({ accepted: RECORDS + mended.length, rejected: poisons.length });
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT (SELECT count() FROM {database}.otel_traces) AS spans, (SELECT max(Duration) < 1e10 FROM {database}.otel_traces) AS sane,
              (SELECT count() FROM {database}.predictions) AS predictions`,
    );
    expect(row).toEqual({ spans: RECORDS + mended.length, sane: 1, predictions: taken });
    expect(await temporary.ingest.counters()).toMatchObject({ loadFailures: 0, setAside: { segments: 0 } });
  });
});
