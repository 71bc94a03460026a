import { describe, expect, it } from 'vitest';
import { domainClassifier, embeddingCosine, embeddingMmd, reconstruction } from '../../detectors/all.ts';
import type { Detector } from '../../detectors/detector.ts';
import { tellApart } from '../../detectors/maths/boosted-trees.ts';
import { matrixOf } from '../../detectors/maths/matrix.ts';
import { principalComponents, reconstructionError } from '../../detectors/maths/principal-components.ts';
import { randomFeatures } from '../../detectors/maths/random-features.ts';
import type { Sample } from '../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, sampleOf, times } from './samples.ts';

const random = randomFrom(12);
const row = (together: number): number[] => {
  const [x, noise] = [normal(random), normal(random)];
  return [x, together * x + Math.sqrt(1 - together ** 2) * noise, Math.exp(normal(random)), normal(random)];
};
const rows = (count: number, together = 0.9): Sample =>
  sampleOf(
    times(count, () => row(together)),
    ['amount', 'balance', 'age', 'clicks'],
  );

/** Embeddings of 16 numbers around a direction, moved by so much in its first number. */
const vectors = (count: number, moved = 0, spread = 1): Sample =>
  sampleOf(times(count, () => times(16, (at) => 1 + spread * normal(random) + (at === 0 ? moved : 0))));

const ofEmbeddings: readonly Detector<'sample'>[] = [embeddingMmd, embeddingCosine];

describe('the sample of rows', () => {
  it('is exactly what was put in, missing numbers too', () => {
    const sample = sampleOf(
      [
        [1.5, NaN],
        [-3, 1e-3],
      ],
      ['a', 'b'],
    );
    expect([...(matrixOf(sample)?.values ?? [])]).toEqual([1.5, NaN, -3, Math.fround(1e-3)]);
    expect(matrixOf({ ...sample, rows: 3 })).toBeUndefined();
  });
});

describe('the domain classifier', () => {
  it('is 0.5 in the mean of 60 windows when nothing changed, scatters no more than its limit takes it to, and passes', () => {
    const settings = { ...defaultsOf(domainClassifier), limit: 0.5 };
    const judgements = times(60, () => domainClassifier.judge(rows(250), rows(250), settings));
    expect(judgements.filter(({ state }) => state !== 'pass')).toEqual([]);
    const aucs = judgements.map(({ statistic }) => statistic ?? 0);
    const mean = aucs.reduce((sum, auc) => sum + auc, 0) / 60;
    const deviation = Math.sqrt(aucs.reduce((sum, auc) => sum + (auc - mean) ** 2, 0) / 59);
    const error = Math.sqrt(501 / (6 * 250 ** 2));
    expect(Math.abs(mean - 0.5)).toBeLessThan((2 * error) / Math.sqrt(60));
    expect(deviation).toBeLessThan(1.22 * error);
    expect(deviation).toBeGreaterThan(0.6 * error);
  });

  it('sees two features that no longer go together, which none of them shows by itself', () => {
    const judgement = domainClassifier.judge(rows(800), rows(800, -0.9), defaultsOf(domainClassifier));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /^(amount|balance) tells them apart most \(\d+(\.\d)? % of it\); the AUC .* 0\.[6-9]/,
    );
  });

  it('has the AUC of a known shift: two normals 1 apart have 0.760 at best, and it comes near from below', () => {
    const one = times(1000, () => [normal(random)]);
    const other = times(1000, () => [1 + normal(random)]);
    const judgement = domainClassifier.judge(sampleOf(one), sampleOf(other), defaultsOf(domainClassifier));
    expect(judgement.statistic).toBeGreaterThan(0.72);
    expect(judgement.statistic).toBeLessThan(0.78);
  });

  it('tells a row only by trees that never saw it: noise alone is told no better than by chance', () => {
    const noise = Float32Array.from({ length: 400 * 20 }, () => normal(random));
    const classes = Uint8Array.from({ length: 400 }, (_, at) => at % 2);
    const { scores, importance } = tellApart(noise, 20, classes);
    const mean = (isSecond: number) => {
      const of = [...scores].filter((_, at) => classes[at] === isSecond);
      return of.reduce((sum, score) => sum + score, 0) / of.length;
    };
    expect(Math.abs(mean(1) - mean(0))).toBeLessThan(0.2);
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('sees a feature that vanished', () => {
    const without = times(500, () => [normal(random), normal(random)]);
    const reference = sampleOf(
      times(500, () => [normal(random), normal(random), 1]),
      ['a', 'b', 'c'],
    );
    const judgement = domainClassifier.judge(reference, sampleOf(without, ['a', 'b']), defaultsOf(domainClassifier));
    expect(judgement).toMatchObject({ state: 'fail', statistic: 1 });
    expect(judgement.reason).toMatch(/^c tells them apart most/);
  });
});

describe('reconstruction by principal components', () => {
  it('passes 12 windows like the reference, and sees features that no longer go together', () => {
    const calm = times(12, () =>
      reconstruction.judge(rows(400), rows(400), { ...defaultsOf(reconstruction), limit: 0.001 }),
    );
    expect(calm.filter(({ state }) => state !== 'pass')).toEqual([]);
    const judgement = reconstruction.judge(rows(400), rows(400, -0.9), defaultsOf(reconstruction));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /^the mean error moved from \d.* to \d.*; the change of the reconstruction error is/,
    );
  });

  it.each([
    [0.5, 1, [0.4091127, 0.8249696, 1.1143346, 0.6000197]],
    [0.8, 2, [0.40471, 0.6459382, 0.7589436, 0.1870756]],
  ] as const)(
    'leaves what PCA(n_components=%d) of scikit-learn 1.9.1 leaves of scaled rows',
    (explained, count, known) => {
      const values = Float32Array.from(
        times(40, (at) =>
          times(4, (j) => Math.sin(3 * at + j) + (j + 1) * Math.cos(at * at) * (j < 2 ? 1 : 0.3)),
        ).flat(),
      );
      const components = principalComponents(values, 40, 4, explained);
      expect(components.count).toBe(count);
      for (const [at, error] of known.entries())
        expect(reconstructionError(values, at, components)).toBeCloseTo(error, 5);
    },
  );

  it('has the components of two columns that go together: their sum first, then their difference', () => {
    const values = Float32Array.from(times(1000, () => normal(random)).flatMap((x) => [x, 2 * x + normal(random)]));
    const components = principalComponents(values, 1000, 2, 0.99);
    const { axes, count, centre, scale } = components;
    expect(count).toBe(2);
    for (const part of axes) expect(Math.abs(part)).toBeCloseTo(Math.SQRT1_2, 6);
    expect(Math.sign((axes[0] ?? 0) * (axes[1] ?? 0))).toBe(1);
    const [first] = [{ ...components, axes: axes.slice(0, 2), count: 1 }];
    const [x, y] = [(centre[0] ?? 0) + (scale[0] ?? 0), (centre[1] ?? 0) - (scale[1] ?? 0)];
    expect(reconstructionError(Float32Array.from([x, y]), 0, first)).toBeCloseTo(Math.SQRT2, 5);
    expect(reconstructionError(Float32Array.from([x, y]), 0, components)).toBeLessThan(1e-3);
  });
});

describe('embeddings', () => {
  it.each(ofEmbeddings.map((detector) => [detector.name, detector] as const))(
    '%s passes 12 windows like the reference, keeps its chance where noise is the limit, and finds a shift',
    (_, detector) => {
      const reference = vectors(300);
      const calm = times(12, () => detector.judge(reference, vectors(200), defaultsOf(detector)));
      expect(calm.filter(({ state }) => state !== 'pass')).toEqual([]);
      const tight = { ...defaultsOf(detector), limit: 0, chance: 0.05 };
      const failed = times(60, () => detector.judge(vectors(100), vectors(100), tight)).filter(
        ({ state }) => state === 'fail',
      );
      expect(failed.length).toBeLessThanOrEqual(9);
      expect(detector.judge(reference, vectors(200, 3), defaultsOf(detector)).state).toBe('fail');
      expect(detector.judge(reference, sampleOf(times(200, () => [1, 2])), defaultsOf(detector)).state).toBe(
        'insufficient',
      );
    },
  );

  it('the discrepancy sees a spread that doubled around the same mean; the centroid does not', () => {
    const [reference, window] = [vectors(300), vectors(300, 0, 2)];
    expect(embeddingMmd.judge(reference, window, defaultsOf(embeddingMmd)).state).toBe('fail');
    expect(embeddingCosine.judge(reference, window, defaultsOf(embeddingCosine)).state).toBe('pass');
  });

  it('the discrepancy is that of scikit-learn 1.9.1 (rbf_kernel, biased) to the error of the random features', () => {
    const series = (start: number, pace: number, size: number, base: number): Sample =>
      sampleOf(times(300, (at) => times(5, (j) => size * Math.sin(start + at * (j + 1) * pace) + base)));
    const judged = embeddingMmd.judge(series(1, 1.7, 1, 0), series(2, 2.3, 1.2, 0.5), defaultsOf(embeddingMmd));
    expect(judged.details?.['bandwidth']).toBeCloseTo(2.35223296, 6);
    // 64 directions: a few parts in a hundred.
    expect(Math.abs((judged.statistic ?? 0) - 0.33254467)).toBeLessThan(0.04);
  });

  it('random features give the Gaussian kernel, to the error of their number', () => {
    const [x, y] = [times(8, () => normal(random)), times(8, () => normal(random))];
    const features = randomFeatures([...x, ...y], 2, 8, 2, 4000);
    let product = 0;
    for (let at = 0; at < 8000; at++) product += (features[at] ?? 0) * (features[8000 + at] ?? 0);
    const square = x.reduce((sum, value, at) => sum + (value - (y[at] ?? 0)) ** 2, 0);
    expect(Math.abs(product - Math.exp(-square / 8))).toBeLessThan(0.05);
  });
});
