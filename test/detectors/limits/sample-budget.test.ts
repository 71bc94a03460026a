import { describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { judge, recompute, type Place, type Summaries, type Trial } from '../../../daemon/watch/judge.ts';
import { variationOf } from '../../../daemon/watch/own-variations.ts';
import { findingOf, rule } from '../../../daemon/watch/rule.ts';
import type { OwnVariation } from '../../../detectors/limits/own-variation.ts';
import { ALL, type Sample } from '../../../detectors/terms.ts';
import { normal, randomFrom, sampleOf, times } from '../samples.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const [CHUNKS, ROWS, COLUMNS] = [28, 260, 4];
/** 28 of the 336 hours of a reference, evenly spaced, as the daemon reads them. */
const EVERY = 12;
const settings = modelSettings.parse({
  detectors: { domain_classifier: true, reconstruction: true, embedding_mmd: true, embedding_cosine: true },
});
const random = randomFrom(8);

/** Rows of one hour: where they lie, and how two features go together, is a little another each hour. */
function drawRows(count: number, moved = 0, apart = 0): number[][] {
  const centre = times(COLUMNS, () => 1 + 0.2 * normal(random));
  const together = Math.min(0.99, Math.max(-0.99, 0.7 + 0.1 * normal(random) - apart));
  return times(count, () => {
    const values = centre.map((at) => at + normal(random));
    values[1] = centre[1]! + together * (values[0]! - centre[0]!) + Math.sqrt(1 - together ** 2) * normal(random);
    return values.map((value, at) => (at === 2 ? value + moved : value));
  });
}

const columns = times(COLUMNS, (at) => `feature ${at}`);
const chunks = times(CHUNKS, () => drawRows(ROWS));
const samples = chunks.map((rows) => sampleOf(rows, columns));
const reference = sampleOf(
  chunks.flatMap((rows) => rows.slice(0, 30)),
  columns,
);

function summariesOf(sample: Sample): Summaries {
  const judged = { version: ALL, slice: ALL, subject: '', summary: sample };
  const nothing = { features: [], scores: [], operations: [], budgets: [], outcomes: [] };
  return { ...nothing, rows: [judged], embeddings: [{ ...judged, subject: 'text' }] };
}

const known = new Map<string, OwnVariation | null>();
function variationFor(trial: Trial): OwnVariation | null {
  const read = new Map(samples.map((sample, at) => [at * EVERY, sample]));
  const found = known.get(trial.detector.name) ?? variationOf(trial, read, START, HOUR, CHUNKS * EVERY);
  known.set(trial.detector.name, found);
  return found;
}

function judgeHour(hour: number, chance: number, sample: Sample, learned = true) {
  const from = START + (CHUNKS * EVERY + hour) * HOUR;
  const window = { from, to: from + HOUR };
  const place: Place = { model: 'made up', window, reference: null, judgedAt: from, final: true, chance };
  const trials = judge(place, settings, summariesOf(sample), summariesOf(reference));
  return rule(place, trials, learned ? variationFor : () => null).map(findingOf);
}

const failed = (judged: ReturnType<typeof judgeHour>): boolean =>
  judged.some(({ finding }) => finding.state === 'fail');

describe('whole rows and embeddings keep the false-alarm budget', () => {
  // A hundred forests, and as many again for the reference: seconds on a free core.
  const [HOURS, CHANCE] = [100, 0.04];

  it(`in ${HOURS} windows that wobble as the reference does, where sampling noise alone would not`, () => {
    const hours = times(HOURS, (hour) => ({ hour, sample: sampleOf(drawRows(ROWS), columns) }));
    const pages = hours.filter(({ hour, sample }) => failed(judgeHour(hour, CHANCE, sample)));
    expect(pages.length).toBeLessThanOrEqual(HOURS * CHANCE);
    const unlearned = hours.slice(0, 16).filter(({ hour, sample }) => failed(judgeHour(hour, CHANCE, sample, false)));
    expect(unlearned.length).toBeGreaterThan(2);
  }, 240_000);

  it('and find a feature that moved by 2.5 deviations, and two that no longer go together', () => {
    const moved = times(5, (hour) => judgeHour(hour, 1e-4, sampleOf(drawRows(1000, 2.5), columns)));
    expect(moved.filter(failed)).toHaveLength(5);
    const apart = times(5, (hour) => judgeHour(hour, 1e-4, sampleOf(drawRows(1000, 0, 1.4), columns)));
    const tellers = apart.flat().filter(({ finding }) => finding.state === 'fail');
    expect(new Set(tellers.map(({ finding }) => finding.detector))).toContain('domain_classifier');
    for (const judged of tellers) expect(recompute(judged)).toEqual(judged.finding);
  });
});
