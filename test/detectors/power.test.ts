import { describe, expect, it } from 'vitest';
import {
  chiSquare,
  constant,
  cramersV,
  gTest,
  hellinger,
  jensenShannon,
  ks,
  lInfinity,
  latencyShift,
  missingShare,
  outOfRangeShare,
  prAuc,
  psi,
  recallAtFpr,
  rocAuc,
  scoreDrift,
  tailShare,
  totalVariation,
  typeChange,
  unseenShare,
  wasserstein,
} from '../../detectors/all.ts';
import type { Detector } from '../../detectors/detector.ts';
import type { Histogram } from '../../detectors/terms.ts';
import { defaultsOf, durationsOf, histogramOf, normal, outcomesOf, randomFrom, times } from './samples.ts';

const random = randomFrom(77);
const amount = (): number => Math.exp(Math.log(41) + normal(random));
const region = (): string => (random() < 0.7 ? 'EU' : 'US');
const latency = (): number => 20 * Math.exp(0.5 * normal(random));
const always = (value: number): Histogram => histogramOf(times(500, () => value));
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
      /^the median is \d{2,3}(\.\d)?x the reference \(4\d(\.\d)? to [345],\d{3}\); PSI is \d+(\.\d+)? \(95 % interval \d+(\.\d+)? to \d+(\.\d+)?\), above the limit of \d\.\d+$/,
    );
  });

  it('amounts twice as high, although the reference holds an outlier of a million', () => {
    const reference = histogramOf([...times(10_000, amount), 1e6]);
    const window = histogramOf(times(1000, () => 2 * amount()));
    const found: readonly Detector<'histogram'>[] = [
      psi,
      ks,
      wasserstein,
      jensenShannon,
      hellinger,
      totalVariation,
      lInfinity,
      chiSquare,
      gTest,
    ];
    for (const detector of found) {
      expect([detector.name, detector.judge(reference, window, defaultsOf(detector)).state]).toEqual([
        detector.name,
        'fail',
      ]);
    }
  });

  it('a top decile three times as high, which leaves the shares of all deciles as they were', () => {
    const top = Math.exp(Math.log(41) + 1.2816);
    const reference = histogramOf(times(20_000, amount));
    const window = histogramOf(times(20_000, amount).map((sent) => (sent > top ? 3 * sent : sent)));
    expect(psi.judge(reference, window, defaultsOf(psi)).state).toBe('pass');
    expect(ks.judge(reference, window, defaultsOf(ks)).state).toBe('pass');
    expect(wasserstein.judge(reference, window, defaultsOf(wasserstein)).state).toBe('fail');
  });

  it('nothing in one value of a million in a window of 300', () => {
    const reference = histogramOf(times(10_000, amount));
    const window = histogramOf([...times(300, amount), 1e6]);
    const calm: readonly Detector<'histogram'>[] = [psi, ks, wasserstein, tailShare, outOfRangeShare];
    for (const detector of calm) {
      expect(detector.judge(reference, window, defaultsOf(detector)).state).toBe('pass');
    }
  });

  it('categories that changed places', () => {
    const reference = histogramOf(times(10_000, region));
    const window = histogramOf(times(2000, () => (region() === 'EU' ? 'US' : 'EU')));
    for (const detector of [psi, jensenShannon, hellinger, totalVariation, lInfinity, chiSquare, gTest, cramersV]) {
      const judgement = detector.judge(reference, window, defaultsOf(detector));
      expect([detector.name, judgement.state]).toEqual([detector.name, 'fail']);
      expect(judgement.reason).toMatch(/^"(EU|US)" made up [237]\d(\.\d)? % and makes up [2367]\d(\.\d)? % now; /);
    }
  });

  it('numbers beyond what the reference ever had, and a feature that is stuck', () => {
    const reference = histogramOf(times(10_000, () => 10 + random() * 80));
    const beyond = outOfRangeShare.judge(
      reference,
      histogramOf(times(1000, () => (random() < 0.1 ? 400 : 10 + random() * 80))),
      defaultsOf(outOfRangeShare),
    );
    expect(beyond.state).toBe('fail');
    expect(beyond.reason).toMatch(/^the reference lies between 9\.\d+|10 and \d+(\.\d)?, \d+(\.\d)? % above; /);
    const stuck = constant.judge(reference, histogramOf(times(1000, () => 0)), defaultsOf(constant));
    expect(stuck.state).toBe('fail');
    expect(stuck.reason).toMatch(/^0 makes up 100 %; no value of the reference made up more than \d/);
    const rare = histogramOf(times(10_000, () => (random() < 0.001 ? 1 : 0)));
    expect(constant.judge(rare, histogramOf(times(300, () => 0)), defaultsOf(constant)).state).toBe('pass');
  });

  it('one new category that makes up 5 %', () => {
    const reference = histogramOf(times(10_000, region));
    const window = histogramOf(times(2000, () => (random() < 0.05 ? 'ZZ' : region())));
    const judgement = unseenShare.judge(reference, window, defaultsOf(unseenShare));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /^"ZZ" makes up [45](\.\d+)? %; .* is [45](\.\d+)? % \(95 % .*\), above the limit of \d(\.\d+)? %$/,
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
      const judgement = typeChange.judge(reference, window, defaultsOf(typeChange));
      expect(judgement).toMatchObject({ state: 'fail', statistic: 1 });
      expect(judgement.reason).toMatch(/^numbers made up (0|100) % of the values and make up (0|100) % now; /);
    }
    expect(unseenShare.judge(numbers, texts, defaultsOf(unseenShare))).toMatchObject({ state: 'fail', statistic: 1 });
  });

  it('a constant that is another constant now, and a flag that turned', () => {
    expect(psi.judge(always(5), always(500), defaultsOf(psi)).state).toBe('fail');
    expect(psi.judge(always(5), always(5), defaultsOf(psi))).toMatchObject({ state: 'pass', statistic: 0 });
    const judgement = psi.judge(flag(0.02), flag(0.3), defaultsOf(psi));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(
      /^values from 1 to 1\.03 made up [12](\.\d+)? % and make up [23]\d(\.\d)? % now; PSI/,
    );
  });

  it('a spread three times as wide around the same median', () => {
    const reference = histogramOf(times(10_000, () => normal(random)));
    const window = histogramOf(times(1000, () => 3 * normal(random)));
    const judgement = psi.judge(reference, window, defaultsOf(psi));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(/^(values .* made up .* now|the median .*); PSI/);
  });

  it('a feature that goes missing in a fifth of 500 records', () => {
    const reference = histogramOf(times(5000, amount));
    const window = histogramOf(times(500, () => (random() < 0.2 ? null : amount())));
    const judgement = missingShare.judge(reference, window, defaultsOf(missingShare));
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(/^it was missing in 0 % of the records and is missing in \d\d(\.\d)? % now;/);
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
      /^the ROC-AUC is 0\.\d+ \(95 % .*\), below the limit of 0\.\d+; it was 0\.9\d* in the reference$/,
    );
  });
});
