import { describe, expect, it } from 'vitest';
import { classifierScene, regressionScene } from './accuracy-scene.ts';
import { falseAlarms } from './false-alarms.ts';
import { burnScene, latencyScene } from './latency-scene.ts';
import { rowsScene } from './rows-scene.ts';
import { mostAllowed, tryDetectors, type Scene } from './try-detectors.ts';

/** A short form of `npm run bench -- false-alarms`: part of a month with nothing wrong, and the gravest troubles. */
function tryShort<Injection>(scene: Scene<Injection>, month: number, wrongs: readonly string[]) {
  const some = scene.wrongs.filter(({ name }) => wrongs.includes(name));
  expect(some.map(({ name }) => name)).toEqual(wrongs);
  const { tried, windows, falsePages } = tryDetectors({ ...scene, month, wrongs: some }, { months: 1, trials: 2 });
  expect(windows).toBe(month);
  expect(falsePages).toBeLessThanOrEqual(mostAllowed(windows, scene.windowMs));
  return Object.fromEntries(tried.map(({ detector, found }) => [detector, found.map((one) => one.found)]));
}

describe('how often detectors page when nothing is wrong, and what they find', () => {
  it('keeps the budget on matured labels, and finds a ROC-AUC and a calibration that went', () => {
    const found = tryShort(classifierScene, 30, ['to 0.67: half', 'odds x3']);
    expect(found).toMatchObject({ roc_auc: [2, 0], calibration_error: [2, 2] });
    expect(tryShort(regressionScene, 30, ['errors x2'])).toEqual({ mae: [2], rmse: [2] });
  });

  it('keeps the budget on latencies that have days and weeks, and finds a slow tail', () => {
    expect(tryShort(latencyScene, 24, ['all x2', '5 % x10'])).toEqual({ latency_shift: [2, 2] });
  });

  it('keeps the budget on errors, and finds an hour of them', () => {
    expect(tryShort(burnScene, 12, ['an hour of 50 %'])).toEqual({ burn_rate: [2] });
  });

  it('keeps the budget on whole rows and embeddings that have days and weeks, and finds what parts ways and what turns', () => {
    const found = tryShort(rowsScene(56), 8, ['two features part ways', 'embedding turned by 27 degrees']);
    expect(found).toMatchObject({ domain_classifier: [2, 0], reconstruction: [2, 0], embedding_mmd: [0, 2] });
  });

  it('refuses a part that there is not', async () => {
    const asked = falseAlarms.run({ rest: ['--only', 'accuracy,feature'], progress: () => undefined });
    await expect(asked).rejects.toThrow('--only feature is no part; there are features, accuracy, latency, rows');
  });
});
