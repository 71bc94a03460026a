import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchShift, type ShiftSearch } from '../../../daemon/models/shift-search.ts';
import { rebuildRollups } from '../../../daemon/store/rebuild-rollups.ts';
import type { Window } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);
const REFERENCE: Window = { from: NOON - 3 * HOUR, to: NOON - 2 * HOUR };
const WINDOW: Window = { from: NOON, to: NOON + HOUR };
const ROWS = 6000;

describe('the search for the slices that carry a shift', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;

  /** Amounts are the same everywhere but in the window, where those of region EU and age 60 and above are doubled. */
  async function record(window: Window, factor: number): Promise<void> {
    await opened.store.bulk.run(
      `INSERT INTO {database}.predictions (timestamp, model, version, role, prediction_id, numbers_given, categories, score, tags, received_at, segment)
       SELECT fromUnixTimestamp64Milli(toInt64({from:Int64} + n * 500)), 'm', 'v1', 'control', concat(toString({from:Int64}), '-', toString(n)),
              CAST((['age', 'amount'], [toFloat64(age), round(exp(3 + cityHash64(n, 1) / 18446744073709551615 * 2), 2) * if(old_eu, {factor:Float64}, 1)]), 'Map(String, Float64)'),
              map('device', if(n % 7 = 0, 'phone', 'desk'), 'quote', '\\''), least(1, cityHash64(n, 5) / 18446744073709551615 * if(old_eu, {factor:Float64}, 1) / 2),
              map('region', region), fromUnixTimestamp64Milli({from:Int64}), 1
       FROM (SELECT number AS n, ['EU', 'US', 'BR', 'IN'][1 + n % 4] AS region, 20 + intDiv(n, 4) % 60 AS age, region = 'EU' AND age >= 60 AS old_eu FROM numbers({rows:UInt32}))`,
      { from: window.from, factor, rows: ROWS },
    );
  }

  beforeAll(async () => {
    opened = await temporaryStore();
    await record(REFERENCE, 1);
    await record(WINDOW, 2);
    await rebuildRollups(opened.store.bulk, 202_611, () => []);
  });
  afterAll(() => opened.remove());

  const search = (feature: string | undefined, window = WINDOW, model = 'm'): Promise<ShiftSearch> =>
    searchShift(
      {
        reader: opened.store.reader,
        references: {
          of: async () => ({
            id: 'ref-1',
            version: null,
            window: REFERENCE,
            pinned: true,
            uploaded: false,
            frozen: false,
          }),
        },
        clock: { now: () => NOON },
      },
      model,
      { feature, window },
    );

  it('names the region and the age of those whose amounts moved, though neither is configured', async () => {
    const found = await search('amount');
    expect(found.rows).toEqual({ window: ROWS, reference: ROWS });
    const [first, second] = found.carriers!;
    expect([first!.slice, second!.slice].sort()).toEqual(['age>=65', 'region=EU'].sort());
    expect(found.carriers!.find(({ slice }) => slice === 'region=EU')!.share).toBeCloseTo(1, 1);
    expect(found.carriers!.map(({ slice }) => slice)).not.toContain('device=phone');
  });

  it('does the same of the score', async () => {
    const found = await search(undefined);
    expect(found.carriers!.map(({ slice }) => slice)).toContain('region=EU');
  });

  it('says that nothing shifted where nothing did', async () => {
    expect((await search('amount', REFERENCE)).carriers).toBeNull();
    expect((await search('age')).carriers).toBeNull();
  });

  it('refuses a feature that the reference does not have, and names the nearest', async () => {
    await expect(search('amoun')).rejects.toThrow(
      'the reference of model "m" has no feature "amoun"; did you mean "amount"?',
    );
    for (const feature of ['', `' OR 1=1 --`]) await expect(search(feature)).rejects.toThrow(`no feature "${feature}"`);
  });

  it('has nothing to say of what it does not know', async () => {
    expect(await search('amount', { from: 0, to: 1000 })).toMatchObject({
      rows: { window: 0, reference: ROWS },
      carriers: null,
    });
    expect(await search('amount', WINDOW, 'other')).toMatchObject({ searched: 0, carriers: null });
  });
});
