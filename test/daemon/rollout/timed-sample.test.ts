import { describe, expect, it } from 'vitest';
import type { ReplayArm } from '../../../daemon/rollout/answer-page.ts';
import { TimedSample } from '../../../daemon/rollout/timed-sample.ts';
import type { ReplayPage } from '../../../daemon/store/replay-rows.ts';
import { seededDraws } from '../../../shadow/seeded-draws.ts';

const FIRST = 3000;
const ALL = 10_000;

/** An arm whose clock reads what it is told, row after row. */
function arm(version: string, milliseconds: () => number): ReplayArm {
  return {
    version,
    width: 1,
    outputs: 1,
    classes: null,
    scorer: {
      backend: 'cpu',
      score: (_matrix, rows) => Promise.resolve(new Float32Array(rows)),
      timed: (_matrix, rows) => Promise.resolve(Float32Array.from({ length: rows }, milliseconds)),
      close: () => Promise.resolve(),
    },
  };
}

/** Log-normal latencies around `median`. */
function scattered(seed: number, median: number, sigma: number): () => number {
  const random = seededDraws(seed);
  return () => median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

/** Predictions of which the first are in all three samples and the others in two. */
function page(): ReplayPage {
  const rows = Uint32Array.from({ length: ALL }, (_, row) => row);
  const ids = Array.from(rows, (row) => [1, 48 + (row % 10)]).flat();
  return {
    version: 'v1',
    rows: ALL,
    matrix: new Float32Array(ALL),
    ids: Uint8Array.from(ids),
    timestamps: BigInt64Array.from(rows, BigInt),
    recorded: new Float64Array(ALL),
    classScores: null,
    stakes: new Float64Array(ALL),
    slices: [],
    samples: Uint8Array.from(rows, (row) => (row < FIRST ? 3 : 2)),
    control: { rows, matrix: new Float32Array(ALL) },
  };
}

async function timedOf(
  candidate: () => number,
  control: (() => number) | null,
  { goesOn = true, leftMs = Infinity } = {},
): Promise<{ v1: number; v2: number; pairs: number }> {
  const arms = { candidate: arm('v2', candidate), control: control === null ? null : arm('v1', control) };
  const sample = new TimedSample(3, arms, goesOn);
  sample.add(control === null ? { ...page(), control: null } : page());
  const found = await sample.time({ replay: 'r', model: 'm' }, { leftMs });
  const of = (version: string): number[] =>
    found.filter((one) => one.version === version).map(({ timestamp }) => timestamp);
  const theirs = new Set(of('v1'));
  return { v1: theirs.size, v2: of('v2').length, pairs: of('v2').filter((at) => theirs.has(at)).length };
}

describe('the predictions that are timed', () => {
  it('are the first sample where that settles how fast the two are, either way', async () => {
    const alike = await timedOf(scattered(1, 8, 0.3), scattered(2, 8, 0.3));
    expect(alike).toEqual({ v1: FIRST, v2: FIRST, pairs: FIRST });
    const slow = await timedOf(scattered(1, 80, 0.3), scattered(2, 8, 0.3));
    expect(slow.v2).toBe(FIRST);
  });

  it('are more where latencies scatter, until they settle it', async () => {
    const { v1, v2, pairs } = await timedOf(scattered(1, 8, 1.4), scattered(2, 8, 1.4));
    expect(v2).toBeGreaterThan(FIRST);
    expect(v2).toBeLessThan(ALL);
    expect([v1, pairs]).toEqual([v2, v2]);
  });

  it('are all there are where nothing settles it, and no more than there is time for', async () => {
    const margin = (): [() => number, () => number] => [scattered(1, 12, 0.5), scattered(2, 8, 0.5)];
    expect((await timedOf(...margin())).v2).toBe(ALL);
    const short = await timedOf(...margin(), { leftMs: 80_000 });
    expect(short.v2).toBeGreaterThan(FIRST);
    expect(short.v2).toBeLessThan(ALL);
  });

  it('are the first sample without a control, and in a live shadow', async () => {
    expect((await timedOf(scattered(1, 8, 1), null)).v2).toBe(FIRST);
    expect((await timedOf(scattered(1, 8, 1), scattered(2, 8, 1), { goesOn: false })).v2).toBe(FIRST);
  });
});
