import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../detectors/terms.ts';
import { codeKey, encodeFeatures, encodeRows, type FeatureColumns } from '../../shadow/encode-features.ts';

function number(feature: string, change: Partial<ModelInput> = {}): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1, ...change };
}

/** Rows of name and value, each with a list of names of its own. */
function columns(
  rows: readonly (readonly (readonly [string, number])[])[],
  change: Partial<FeatureColumns> = {},
): FeatureColumns {
  return {
    rows: rows.length,
    lists: rows.map((row) => row.map(([name]) => name)),
    listOf: Uint8Array.from(rows, (_, at) => at),
    numbers: Float32Array.from(rows.flat(), ([, value]) => value),
    codes: new Map(),
    ...change,
  };
}

describe('features as a matrix', () => {
  const inOrder = columns([
    [
      ['a', 1],
      ['b', 2],
    ],
    [
      ['a', 3],
      ['b', 4],
    ],
  ]);

  it('are the recorded memory itself where every row holds the inputs in order', () => {
    expect(encodeFeatures(inOrder, [number('a'), number('b')])).toBe(inOrder.numbers);
  });

  it('are filled where a row has no value for a name', () => {
    const gaps = columns([], {
      rows: 3,
      lists: [['a', 'b'], ['b']],
      listOf: Uint8Array.of(0, 0, 0),
      numbers: Float32Array.of(1, NaN, NaN, 4, 5, 6),
    });
    const inputs = [number('a', { fill: -1 }), number('b', { fill: -2 })];
    const again = { ...gaps, numbers: Float32Array.from(gaps.numbers) };
    expect([...encodeFeatures(gaps, inputs)]).toEqual([1, -2, -1, 4, 5, 6]);
    expect([...encodeRows(again, [...inputs].reverse(), Uint32Array.of(1, 0))]).toEqual([4, -1, -2, 1]);
    const mixed = { ...again, listOf: Uint8Array.of(0, 1, 0), numbers: Float32Array.of(1, 2, NaN, 5, 6) };
    expect([...encodeFeatures(mixed, inputs)]).toEqual([1, 2, -1, -2, 5, 6]);
  });

  it.each([
    ['another order of inputs', [number('b'), number('a')], [2, 1, 4, 3]],
    ['fewer inputs', [number('b')], [2, 4]],
    ['a feature twice', [number('a'), number('a', { scale: 2 })], [1, 0.5, 3, 1.5]],
    ['a feature that is never there', [number('c', { fill: 7 }), number('a')], [7, 1, 7, 3]],
  ])('are right with %s', (_, inputs, expected) => {
    expect([...encodeFeatures(inOrder, inputs)]).toEqual(expected);
  });

  it.each([
    [
      'a row with a missing feature',
      [
        [
          ['a', 1],
          ['b', 2],
        ],
        [['a', 3]],
      ],
      [1, 2, 3, -1],
    ],
    [
      'a row in another order',
      [
        [
          ['a', 1],
          ['b', 2],
        ],
        [
          ['b', 4],
          ['a', 3],
        ],
      ],
      [1, 2, 3, 4],
    ],
    [
      'as many numbers, but of other features',
      [
        [
          ['a', 1],
          ['b', 2],
        ],
        [
          ['a', 3],
          ['c', 4],
        ],
      ],
      [1, 2, 3, -1],
    ],
    [
      'rows that only together have the right length',
      [
        [['a', 1]],
        [
          ['b', 2],
          ['a', 3],
          ['b', 4],
        ],
      ],
      [1, -1, 3, 4],
    ],
    [
      'an empty first row',
      [
        [],
        [
          ['a', 3],
          ['b', 4],
        ],
      ],
      [-1, -1, 3, 4],
    ],
  ] as const)('are not mixed up by %s', (_, rows, expected) => {
    const inputs = [number('a', { fill: -1 }), number('b', { fill: -1 })];
    expect([...encodeFeatures(columns(rows), inputs)]).toEqual(expected);
  });

  it('are normalised in double precision: a time in seconds keeps its minutes', () => {
    const time = 1_700_000_123;
    const recorded = columns([[['t', time]]], { numbers: Float64Array.of(time) });
    expect(encodeFeatures(recorded, [number('t', { mean: 1_700_000_000, scale: 100 })])[0]).toBeCloseTo(1.23, 6);
    expect(encodeFeatures(columns([[['x', -9]]]), [number('x', { log1p: true })])[0]).toBeCloseTo(-Math.log(10), 6);
  });

  it('have a column for each category, none of them for an unknown one', () => {
    const country: ModelInput = { ...number('country'), encoding: 'one_hot', categories: ['DE', 'FR'] };
    const trusted: ModelInput = { ...number('trusted'), encoding: 'boolean' };
    const codes = new Map([
      [codeKey(country), Uint16Array.of(2, 0, 1)],
      [codeKey(trusted), Uint16Array.of(0, 1, 1)],
    ]);
    const recorded = columns([[['a', 5]], [], [['a', 6]]], { codes });
    const inputs = [country, number('a'), trusted];
    expect([...encodeFeatures(recorded, inputs)]).toEqual([0, 1, 5, 0, 0, 0, 0, 1, 1, 0, 6, 1]);
    expect([...encodeRows(recorded, inputs, Uint32Array.of(2, 0))]).toEqual([1, 0, 6, 1, 0, 1, 5, 0]);
  });

  it('of no rows are no numbers', () => {
    expect(encodeFeatures(columns([]), [number('a')])).toHaveLength(0);
  });
});
