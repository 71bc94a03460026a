import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrace } from '../../../daemon/store/traces.ts';
import { engineTime } from '../../support/temporary-ingest.ts';
import { temporaryStore } from '../../support/temporary.ts';

describe('a trace', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
    // Spans are kept for 30 days: a merge may drop older ones before they are read.
    const minute = Date.now() - 60_000;
    const span = (TraceId: string, SpanId: string, second: number) => ({
      Timestamp: engineTime(minute + second * 1000),
      TraceId,
      SpanId,
      SpanName: `step ${second}`,
      ServiceName: 'checkout',
      Duration: 2_500_000,
      StatusCode: 'Ok',
      SpanAttributes: { amount: '7' },
    });
    await opened.store.writer.insert('otel_traces', [
      span('a'.repeat(32), '02', 2),
      span('b'.repeat(32), '03', 3),
      span('a'.repeat(32), '01', 1),
      span('a'.repeat(32), '01', 1),
    ]);
  });
  afterAll(() => opened.remove());

  it('is read by its id: its own spans, oldest first, each once', async () => {
    const spans = await readTrace(opened.store.reader, 'a'.repeat(32));
    expect(spans.map(({ spanId, operation }) => [spanId, operation])).toEqual([
      ['01', 'step 1'],
      ['02', 'step 2'],
    ]);
    expect(spans[0]).toMatchObject({ service: 'checkout', durationMs: 2.5, status: 'Ok', attributes: { amount: '7' } });
  });

  it('that nobody sent has no spans', async () => {
    expect(await readTrace(opened.store.reader, 'c'.repeat(32))).toEqual([]);
  });
});
