import { afterAll, beforeAll, expect, it, describe } from 'vitest';
import { readOutcomes } from '../../../../daemon/store/outcomes.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const HOUR = 3_600_000;
const PREDICTIONS = 300;

/** Numbers in [0, 1), the same at every run. */
function series(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const WIDE: readonly [given: string, stored: string][] = [
  ['9007199254740991', '9007199254740991'],
  ['9007199254740993', '9007199254740993'],
  ['-12345678901234567890', '-12345678901234567890'],
  ['1' + '0'.repeat(30), '1' + '0'.repeat(30)],
  ['12345678901234567.5', '12345678901234568'],
  ['1e20', '100000000000000000000'],
  ['1.0', '1'],
  ['"9007199254740993"', '9007199254740993'],
];

describe('labels that are numbers', () => {
  let temporary: TemporaryIngest;
  beforeAll(async () => {
    temporary = await temporaryIngest();
  });
  afterAll(() => temporary.remove());

  it.for(['ndjson', 'json'] as const)('keep every digit of a whole number, in %s', async (form) => {
    const records = WIDE.map(
      ([given], n) => `{"prediction_id": "${form} ${n}", "label"${n % 2 === 0 ? ' : ' : ':'}${given} , "source": "ä"}`,
    );
    const odd = [
      String.raw`{"prediction_id":"${form} text","source":"a \"label\": 9007199254740993,","label":1}`,
      `{"prediction_id":"${form} zeros","label":00000000000000000001}`,
    ];
    const all = form === 'json' ? `[${[...records, odd[0]].join(',')}]` : [...records, ...odd].join('\n');
    const { accepted, errors } = await temporary.ingest.accept('labels', form, Buffer.from(all));
    expect([accepted, errors.map(({ reason }) => reason)]).toEqual([
      WIDE.length + 1,
      form === 'json' ? [] : ['bad_json'],
    ]);
    await temporary.ingest.flush();
    const stored = await temporary.rows<{ id: string; label: string; source: string }>(
      `SELECT prediction_id AS id, label, source FROM {database}.labels WHERE startsWith(id, '${form} ') ORDER BY id`,
    );
    expect(stored).toEqual([
      ...WIDE.map(([, label], n) => ({ id: `${form} ${n}`, label, source: 'ä' })),
      { id: `${form} text`, label: '1', source: 'a "label": 9007199254740993,' },
    ]);
  });
});

describe('labels in any order', () => {
  let temporary: TemporaryIngest;
  beforeAll(async () => {
    temporary = await temporaryIngest();
  });
  afterAll(() => temporary.remove());

  it('early, late, twice, revised, conflicting, orphaned and shuffled give what one sorted run gives, bit for bit', async () => {
    const made = temporary.clock.now() - 3 * HOUR;
    const random = series(7);
    const scores = Array.from({ length: PREDICTIONS }, random);
    const prediction = (model: string, n: number) => ({
      prediction_id: `${model} ${n}`,
      model,
      version: 'v1',
      timestamp: made + n,
      score: scores[n],
      value: 10 + n,
      propensity: 0.5 + scores[n]! / 2,
      tags: { region: n % 2 === 0 ? 'EU' : 'US' },
    });
    const label = (model: string, n: number, text: string, at: number, source = 'bank') => ({
      prediction_id: `${model} ${n}`,
      label: text,
      timestamp: at,
      source,
    });
    // What counts in the end; a tenth has no label, and a seventh two that became known in the same millisecond.
    const last = (n: number): string => (scores[n]! + random() > 1 ? '1' : '0');
    const truth = Array.from({ length: PREDICTIONS }, (_, n) => (n % 10 === 9 ? undefined : last(n)));
    const conflict = (model: string, n: number) => label(model, n, truth[n] === '1' ? '0' : '1', made + HOUR, 'other');
    const final = (model: string) =>
      truth.flatMap((text, n) => (text === undefined ? [] : [label(model, n, text, made + HOUR)]));
    const conflicts = (model: string) =>
      truth.flatMap((text, n) => (text === undefined || n % 7 > 0 ? [] : [conflict(model, n)]));

    const { ingest } = temporary;
    await ingest.accept('predictions', 'ndjson', lines(scores.map((_, n) => prediction('sorted', n))));
    await ingest.accept('labels', 'ndjson', lines([...final('sorted'), ...conflicts('sorted')]));
    await ingest.flush();

    const messy: [kind: 'predictions' | 'labels', record: object, order: number][] = [];
    for (const record of [...final('shuffled'), ...conflicts('shuffled')])
      for (let time = 0; time < 2; time++) messy.push(['labels', record, random()]);
    for (let n = 0; n < PREDICTIONS; n++) {
      messy.push(
        ['predictions', prediction('shuffled', n), random()],
        ['predictions', prediction('shuffled', n), random()],
      );
      if (truth[n] !== undefined)
        messy.push(['labels', label('shuffled', n, truth[n] === '1' ? '0' : '1', made + n), random()]);
      messy.push(['labels', label('orphan', n, '1', made + n), random()]);
    }
    messy.sort((one, other) => one[2] - other[2]);
    for (let at = 0; at < messy.length; at += 100) {
      const part = messy.slice(at, at + 100);
      for (const kind of ['labels', 'predictions'] as const) {
        const records = part.filter(([of]) => of === kind).map(([, record]) => record);
        if (records.length > 0) await ingest.accept(kind, 'ndjson', lines(records));
      }
      if (at % 500 === 0) await ingest.flush();
    }
    await ingest.flush();

    const read = (model: string) =>
      readOutcomes(temporary.opened.store.reader, {
        model,
        window: { from: made, to: made + HOUR },
        now: temporary.clock.now(),
        rules: { positiveLabel: '1', unlabelled: 'unknown', maturityMs: HOUR, threshold: 0.5 },
        slices: ['region'],
      });
    const expected = await read('sorted');
    expect(expected.map(({ slice, outcomes }) => [slice, outcomes.predictions, outcomes.labelled])).toEqual([
      ['all', 300, 270],
      ['region=EU', 150, 150],
      ['region=US', 150, 120],
    ]);
    for (let time = 0; time < 3; time++) expect(JSON.stringify(await read('shuffled'))).toBe(JSON.stringify(expected));
  });
});
