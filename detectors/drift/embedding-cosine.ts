import { defineDetector } from '../define-detector.ts';
import { matrixOf } from '../maths/matrix.ts';
import { meanOf, noisySquaredDistance, scatterOf } from '../maths/scatter-quantile.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';

/** Cosine distance between the mean embeddings of window and reference: 0 for one direction, 1 for a right angle, 2 for the opposite. */
export const embeddingCosine = defineDetector({
  name: 'embedding_cosine',
  title: 'How far the mean of an embedding has turned (cosine distance of the centroids)',
  kind: 'drift',
  subject: 'embedding',
  needs: 'sample',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the distance is above `limit`, and above what sampling noise reaches with `chance`',
  squared: true,
  statistic: 'the cosine distance of the mean embedding',
  say: sayNumber,
  settings: {
    limit: { default: 0.05, unit: 'distance', meaning: 'largest distance that is no drift', range: [0.0001, 2] },
    minimum_rows: atLeast(100, 'sampled rows'),
    chance: { ...chance, default: 1e-6 },
  },
  requires: ({ rows }, { minimum_rows: need }) => [{ what: 'sampled rows', have: rows, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const [then, now] = [matrixOf(reference), matrixOf(window)];
    if (then === undefined || now === undefined) return { insufficient: 'the sample is not whole' };
    const length = then.columns.length;
    if (now.columns.length !== length)
      return { insufficient: `the embedding has ${now.columns.length} numbers, the reference ${length}` };
    const [one, other] = [meanOf(then.values, then.rows, length), meanOf(now.values, now.rows, length)];
    const [before, after] = [dot(one, one), dot(other, other)];
    const scatter = scatterOf(then.values, then.rows, length, one);
    const noise = noisySquaredDistance(scatter, now.rows, then.rows, rarely);
    // A mean that noise alone could have made points nowhere, and its direction says nothing.
    if (!(before > noise))
      return { insufficient: 'the mean embedding of the reference is too near to zero to have a direction' };
    const cosine = dot(one, other) / Math.sqrt(before * Math.max(after, Number.MIN_VALUE));
    const turned = (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
    return {
      statistic: 1 - cosine,
      limit: Math.max(limit * (reference.allowance ?? 1), 1 - Math.sqrt(1 - noise / before)),
      seen: `the mean embedding turned by ${sayNumber(turned)} degrees`,
      details: { dimensions: length },
    };
  },
});

function dot(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
}
