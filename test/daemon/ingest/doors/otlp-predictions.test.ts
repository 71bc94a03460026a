import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute, field, fixed64, span, traces } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

describe('predictions that came by OTLP', () => {
  let temporary: TemporaryIngest;
  let at = 0;
  beforeAll(async () => {
    temporary = await temporaryIngest();
    at = temporary.clock.now();
  });
  afterAll(() => temporary.remove());
  const carried = (number: number, id: Uint8Array | string): Buffer[] => [
    attribute(number, 'ml.model.name', field(1, 'm')),
    attribute(number, 'ml.model.version', field(1, '1')),
    attribute(number, 'ml.prediction.id', field(1, id)),
  ];
  const stored = async (columns: string): Promise<Record<string, unknown>[]> => {
    await temporary.ingest.flush();
    return temporary.rows(`SELECT prediction_id${columns} FROM {database}.predictions ORDER BY 1`);
  };

  it('do not meet where their ids are not UTF-8', async () => {
    const rider = (...id: readonly number[]): Buffer => span(at, { more: carried(9, Uint8Array.from(id)) });
    const riders = traces('broken', rider(0x71, 0xff), rider(0x71, 0xfe), rider(0x71, 0xef, 0xbf, 0xbd), rider(0x71));
    const answer = await temporary.ingest.acceptOtlp('traces', 'protobuf', riders);
    expect([answer.accepted, answer.message]).toEqual([
      4,
      '2 prediction refused (bad_utf8, ml.prediction.id): ml.prediction.id is not UTF-8',
    ]);
    expect(await stored('')).toEqual([{ prediction_id: 'q' }, { prediction_id: 'q\u{FFFD}' }]);
  });

  it('are kept from log records whose ids are none, linked to nothing', async () => {
    const record = (id: string, ...ids: readonly Uint8Array[]): Buffer =>
      field(2, fixed64(1, BigInt(at) * 1_000_000n), ...carried(6, id), ...ids);
    const [trace, id] = [Buffer.alloc(16, 1), Buffer.alloc(8, 2)];
    const records = [
      record('a both', field(9, trace), field(10, id)),
      record('a none'),
      record('a short', field(9, trace.subarray(1)), field(10, id)),
      record('a zero', field(9, Buffer.alloc(16)), field(10, Buffer.alloc(8))),
    ];
    const answer = await temporary.ingest.acceptOtlp('logs', 'protobuf', field(1, field(2, ...records)));
    expect(answer).toEqual({ accepted: 4, rejected: 0, message: '' });
    expect((await stored(', trace_id, span_id')).slice(0, 4)).toEqual([
      { prediction_id: 'a both', trace_id: '01'.repeat(16), span_id: '02'.repeat(8) },
      { prediction_id: 'a none', trace_id: '', span_id: '' },
      { prediction_id: 'a short', trace_id: '', span_id: '02'.repeat(8) },
      { prediction_id: 'a zero', trace_id: '', span_id: '' },
    ]);
    expect((await temporary.ingest.counters()).mended['link_dropped']).toBe(3);
  });
});
