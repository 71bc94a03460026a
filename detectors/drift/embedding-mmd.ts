import { defineDetector, type Unmeasurable } from '../define-detector.ts';
import { matrixOf } from '../maths/matrix.ts';
import { onceOf } from '../maths/once-of.ts';
import { medianDistance, randomFeatures } from '../maths/random-features.ts';
import { meanOf, noisySquaredDistance, scatterOf, type Scatter } from '../maths/scatter-quantile.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Sample } from '../terms.ts';

const DIRECTIONS = 64;

/**
 * Maximum mean discrepancy of an embedding, with a Gaussian kernel by random Fourier features whose bandwidth is the median
 * distance within the reference: 0 for the same distribution, at most the root of 2.
 */
export const embeddingMmd = defineDetector({
  name: 'embedding_mmd',
  title: 'How far the distribution of an embedding has moved (maximum mean discrepancy, random Fourier features)',
  kind: 'drift',
  subject: 'embedding',
  needs: 'sample',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the discrepancy is above `limit`, and above what sampling noise reaches with `chance`',
  statistic: 'the maximum mean discrepancy',
  say: sayNumber,
  settings: {
    limit: { default: 0.1, unit: 'distance', meaning: 'largest discrepancy that is no drift', range: [0.001, 1.5] },
    minimum_rows: atLeast(100, 'sampled rows'),
    chance: { ...chance, default: 1e-6 },
  },
  requires: ({ rows }, { minimum_rows: need }) => [{ what: 'sampled rows', have: rows, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const moves = movesOf(window, reference);
    if ('insufficient' in moves) return moves;
    const { square, scatter, moved, bandwidth, dimensions, n, m } = moves;
    const noise = noisySquaredDistance(scatter, n, m, rarely);
    return {
      statistic: Math.sqrt(square),
      limit: Math.max(limit * (reference.allowance ?? 1), Math.sqrt(noise)),
      seen: `the mean moved by ${sayNumber(moved)} of the usual distance between two embeddings`,
      details: { bandwidth, dimensions },
    };
  },
});

interface Moves {
  readonly square: number;
  readonly scatter: Scatter;
  /** Of the mean, over the bandwidth. */
  readonly moved: number;
  readonly bandwidth: number;
  readonly dimensions: number;
  /** Rows of the window, and of the reference. */
  readonly n: number;
  readonly m: number;
}

/** What does not depend on the settings, worked out once: limits are tried one after the other. */
const movesOf = onceOf((window: Sample, reference: Sample): Moves | Unmeasurable => {
  const [then, now] = [matrixOf(reference), matrixOf(window)];
  if (then === undefined || now === undefined) return { insufficient: 'the sample is not whole' };
  const length = then.columns.length;
  if (now.columns.length !== length)
    return { insufficient: `the embedding has ${now.columns.length} numbers, the reference ${length}` };
  const bandwidth = medianDistance(then.values, then.rows, length);
  if (bandwidth === 0) return { insufficient: 'the embeddings of the reference are all the same' };
  const [n, m, size] = [now.rows, then.rows, 2 * DIRECTIONS];
  const before = randomFeatures(then.values, m, length, bandwidth, DIRECTIONS);
  const after = randomFeatures(now.values, n, length, bandwidth, DIRECTIONS);
  const [one, other] = [meanOf(before, m, size), meanOf(after, n, size)];
  const square = one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0);
  const [from, to] = [meanOf(then.values, m, length), meanOf(now.values, n, length)];
  const moved = Math.hypot(...from.map((value, at) => value - (to[at] ?? 0))) / bandwidth;
  const scatter = scatterOf(before, m, size, one);
  return { square, scatter, moved, bandwidth, dimensions: length, n, m };
});
