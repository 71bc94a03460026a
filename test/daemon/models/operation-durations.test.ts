import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOperationDurations } from '../../../daemon/models/operation-durations.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import { temporaryStore } from '../../support/temporary.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2);

describe('durations of services', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
    const row = (service: string, operation: string, minute: number, count: number, ms: number, errors = 0) => ({
      service,
      operation,
      bucket: new Date(START + minute * MINUTE).toISOString().slice(0, 19).replace('T', ' '),
      count,
      errors,
      durations: { [binCode(ms)]: count },
    });
    await opened.store.writer.insert('span_minutes', [
      row('shop', 'browse', 0, 600, 10),
      row('shop', 'browse', 1, 300, 10, 3),
      row('shop', 'pay', 0, 80, 100),
      row('shop', 'pay', 2, 20, 1000, 20),
      row('bank', 'pay', 1, 5, 50),
      row('other', 'pay', 1, 5, 50),
      row('shop', 'pay', 60, 5000, 9000),
    ]);
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('are percentiles of all its spans together, not of the percentiles of its operations', async () => {
    const window = { from: START, to: START + 60 * MINUTE };
    const { services, operations } = await readOperationDurations(opened.store.reader, ['shop', 'bank'], window);
    expect(services.map(({ service, count, errors }) => [service, count, errors])).toEqual([
      ['bank', 5, 0],
      ['shop', 1000, 23],
    ]);
    const near = (value: number | null | undefined, ms: number) =>
      expect(Math.abs((value ?? 0) / ms - 1)).toBeLessThan(1 / 32);
    // Of 1,000 spans 900 take 10 ms, 80 take 100 and 20 take 1,000; p95 of the operations are 10 and 1,000, their mean 505.
    near(services[1]?.p50, 10);
    near(services[1]?.p95, 100);
    near(services[1]?.p99, 1000);
    expect(operations.map(({ service, operation, count }) => `${service}/${operation} ${count}`)).toEqual([
      'bank/pay 5',
      'shop/browse 900',
      'shop/pay 100',
    ]);
    near(operations[1]?.p95, 10);
    near(operations[2]?.p95, 1000);
  });

  it('are none where no service is named, or nothing came', async () => {
    const later = { from: START + 2 * 3_600_000, to: START + 3 * 3_600_000 };
    const none = { services: [], operations: [] };
    expect(await readOperationDurations(opened.store.reader, ['shop'], later)).toEqual(none);
    expect(await readOperationDurations(opened.store.reader, [], { from: START, to: later.to })).toEqual(none);
  });
});
