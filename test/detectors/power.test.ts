import { describe, expect, it } from 'vitest';
import {
  ks,
  latencyShift,
  missingShare,
  prAuc,
  psi,
  recallAtFpr,
  rocAuc,
  scoreDrift,
  unseenShare,
} from '../../detectors/all.ts';
import type { Histogram } from '../../detectors/terms.ts';
import { defaultsOf, durationsOf, histogramOf, normal, outcomesOf, randomFrom, times } from './samples.ts';

const random = randomFrom(77);
const amount = (): number => Math.exp(Math.log(41) + normal(random));
const region = (): string => (random() < 0.7 ? 'EU' : 'US');
const latency = (): number => 20 * Math.exp(0.5 * normal(random));
const constant = (value: number): Histogram => histogramOf(times(500, () => value));
const flag = (share: number): Histogram => histogramOf(times(2000, () => (random() < share ? 1 : 0)));
const score = (risky: number) => (): number => (random() < risky ? 0.9 + random() / 10 : random() / 10);

/** One in twenty is fraud; its scores lie so many standard deviations higher. */
const scored = (separation: number) => (at: number) => ({
  positive: at % 20 === 0,
  score: normal(random) + (at % 20 === 0 ? separation : 0),
});

describe('a real change is found', () => {
  it('amounts a hundred times as high, in a window of 200', () => {
    const reference = histogramOf(times(10_000, amount));
    const window = histogramOf(times(200, () => 100 * amount()));
    expect(ks.judge(reference, window, defaultsOf(ks)).state).toBe('fail');
    const judgement = psi.judge(reference, window, defaultsOf(psi));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /^the population stability index is \d+(\.\d+)?, above the limit of 0\.\d+; the median moved from 4\d(\.\d)? to [345],\d{3} \(\d{2,3}x\)$/,
    );
  });

  it('amounts twice as high, although the reference holds an outlier of a million', () => {
    const reference = histogramOf([...times(10_000, amount), 1e6]);
    const window = histogramOf(times(1000, () => 2 * amount()));
    expect(psi.judge(reference, window, defaultsOf(psi)).state).toBe('fail');
    expect(ks.judge(reference, window, defaultsOf(ks)).state).toBe('fail');
  });

  it('one new category that makes up 5 %', () => {
    const reference = histogramOf(times(10_000, region));
    const window = histogramOf(times(2000, () => (random() < 0.05 ? 'ZZ' : region())));
    const judgement = unseenShare.judge(reference, window, defaultsOf(unseenShare));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /is [45](\.\d+)? %, above the limit of \d(\.\d+)? %; "ZZ" makes up [45](\.\d+)? %$/,
    );
    expect(psi.judge(reference, window, defaultsOf(psi)).state).toBe('fail');
  });

  it('a feature whose numbers became text, or whose text became numbers', () => {
    const numbers = histogramOf(times(1000, amount));
    const texts = histogramOf(times(1000, () => amount().toFixed(1)));
    for (const [reference, window] of [
      [numbers, texts],
      [texts, numbers],
    ] as const) {
      expect(psi.judge(reference, window, defaultsOf(psi)).state).toBe('fail');
      expect(ks.judge(reference, window, defaultsOf(ks)).state).toBe('insufficient');
    }
    expect(unseenShare.judge(numbers, texts, defaultsOf(unseenShare))).toMatchObject({ state: 'fail', statistic: 1 });
  });

  it('a constant that is another constant now, and a flag that turned', () => {
    expect(psi.judge(constant(5), constant(500), defaultsOf(psi)).state).toBe('fail');
    expect(psi.judge(constant(5), constant(5), defaultsOf(psi))).toMatchObject({ state: 'pass', statistic: 0 });
    const judgement = psi.judge(flag(0.02), flag(0.3), defaultsOf(psi));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /; the share of values from 1 to 1\.03 moved from [12](\.\d+)? % to [23]\d(\.\d)? %$/,
    );
  });

  it('a spread three times as wide around the same median', () => {
    const reference = histogramOf(times(10_000, () => normal(random)));
    const window = histogramOf(times(1000, () => 3 * normal(random)));
    const judgement = psi.judge(reference, window, defaultsOf(psi));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(/the share of values|the median moved/);
  });

  it('a feature that goes missing in a fifth of 500 records', () => {
    const reference = histogramOf(times(5000, amount));
    const window = histogramOf(times(500, () => (random() < 0.2 ? null : amount())));
    const judgement = missingShare.judge(reference, window, defaultsOf(missingShare));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(/it was missing in 0 % of the records and is now in \d\d(\.\d)? %$/);
  });

  it('a score whose upper tail grew from 1 % to 8 %', () => {
    const reference = histogramOf(times(20_000, score(0.01)));
    const window = histogramOf(times(2000, score(0.08)));
    expect(scoreDrift.judge(reference, window, defaultsOf(scoreDrift)).state).toBe('fail');
  });

  it('a slow tail: one request in ten takes ten times as long, the median stays', () => {
    const reference = durationsOf(times(10_000, latency));
    const window = durationsOf(times(2000, () => latency() * (random() < 0.1 ? 10 : 1)));
    const judgement = latencyShift.judge(reference, window, defaultsOf(latencyShift));
    expect(judgement.state).toBe('fail');
    expect(judgement.details?.['quantile']).toMatch(/p9[59]/);
    expect(Number(judgement.details?.['p50'])).toBeLessThan(1.2 * Number(judgement.details?.['reference_p50']));
  });

  it('a model that no longer tells fraud apart', () => {
    const reference = outcomesOf(times(20_000, scored(2.5)));
    const window = outcomesOf(times(6000, scored(0.8)));
    for (const detector of [rocAuc, prAuc, recallAtFpr]) {
      const judgement = detector.judge(reference, window, defaultsOf(detector));
      expect(judgement.state).toBe('fail');
      expect(judgement.interval?.[1]).toBeLessThan(Number(judgement.details?.['reference']));
      expect(judgement.details).toMatchObject({ positives: 300, negatives: 5700, labelled_share: 1 });
    }
    const judgement = rocAuc.judge(reference, window, defaultsOf(rocAuc));
    expect(judgement.reason).toMatch(
      /^the ROC-AUC is 0\.\d+, below the limit of 0\.\d+; it was 0\.9\d* in the reference$/,
    );
  });
});
