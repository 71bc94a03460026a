import type { Judged, Summaries, Trial } from '../../../daemon/watch/judge.ts';
import { stretchesLike } from '../../../daemon/watch/read-samples.ts';
import { UNSEEN_WEEK } from '../../../detectors/limits/own-variation.ts';
import type { Sample, Summary } from '../../../detectors/terms.ts';
import { normal, randomFrom, sampleOf } from '../../detectors/samples.ts';
import { HOUR, START, type Scene } from './try-detectors.ts';

/** What goes wrong with rows: features 0 and 1 part ways, one moves; with embeddings: they turn, spread, or a part is of another kind. */
export interface Odd {
  readonly apart?: number;
  readonly shift?: number;
  readonly turned?: number;
  readonly spread?: number;
  readonly strange?: number;
}

const FEATURES = 8;
const DIMENSIONS = 16;
const ROWS = { rows: 1000, vectors: 300 } as const;
const WINDOW_HOURS = 6;
const NONE: Summaries = { features: [], scores: [], operations: [], budgets: [], outcomes: [] };

/** Where the means of an hour lie: its time of the day and of the week, and what its window does besides. */
function seasonAt(hour: number, life: readonly number[]): number[] {
  const weekend = hour % 168 >= 120 ? 1 : 0;
  const own = randomFrom(Math.floor(hour / WINDOW_HOURS));
  return life.map(
    (size, at) => size * (0.4 * Math.sin((2 * Math.PI * hour) / 24 + at) + 0.3 * weekend + 0.06 * normal(own)),
  );
}

/** Rows of features that go together in pairs, whose means have a day and a week. @param hours the hours that rows come from */
function drawRows(
  count: number,
  hours: readonly number[],
  life: readonly number[],
  random: () => number,
  { apart = 0, shift = 0 }: Odd,
): Sample {
  return sampleOf(
    Array.from({ length: count }, () => {
      const season = seasonAt(hours[Math.floor(random() * hours.length)] ?? 0, life);
      const shared = Array.from({ length: FEATURES / 2 }, () => normal(random));
      return Array.from({ length: FEATURES }, (_, at) => {
        const part = at === 1 && random() < apart ? normal(random) : (shared[Math.floor(at / 2)] ?? 0);
        return 0.8 * part + 0.6 * normal(random) + (season[at] ?? 0) + (at === 0 ? shift : 0);
      });
    }),
    Array.from({ length: FEATURES }, (_, at) => `feature ${at}`),
  );
}

/** Vectors around a mean; those of the weekend lie a little elsewhere. */
function drawVectors(
  count: number,
  hours: readonly number[],
  life: readonly number[],
  random: () => number,
  { turned = 0, spread = 1, strange = 0 }: Odd,
): Sample {
  return sampleOf(
    Array.from({ length: count }, () => {
      const season = seasonAt(hours[Math.floor(random() * hours.length)] ?? 0, life);
      const isStrange = random() < strange;
      return Array.from({ length: DIMENSIONS }, (_, at) => {
        const mean = at === 0 ? 3 - (isStrange ? 3 : 0) : at === 1 ? turned + (isStrange ? 3 : 0) : 0;
        return mean + 0.5 * (season[at % FEATURES] ?? 0) + spread * normal(random);
      });
    }),
  );
}

function allowed({ rows = [], embeddings = [], ...others }: Summaries, allowance: number): Summaries {
  const allow = (judged: Judged<Sample>): Judged<Sample> => ({ ...judged, summary: { ...judged.summary, allowance } });
  return { ...others, rows: rows.map(allow), embeddings: embeddings.map(allow) };
}

function hoursOf(window: number, windows: number): number[] {
  return Array.from({ length: windows * WINDOW_HOURS }, (_, hour) => window * WINDOW_HOURS + hour);
}

/** Whole rows, and embeddings, of windows of six hours. @param reference in windows */
export function rowsScene(reference: number): Scene<Odd> {
  return {
    windowMs: WINDOW_HOURS * HOUR,
    reference,
    month: 120,
    patience: 8,
    detectors: ['domain_classifier', 'reconstruction', 'embedding_mmd', 'embedding_cosine'],
    wrongs: [
      { name: 'two features part ways', injection: { apart: 1 } },
      { name: 'one feature +1 sd', injection: { shift: 1 } },
      { name: 'embedding turned by 27 degrees', injection: { turned: 1.5 } },
      { name: 'its spread x1.5', injection: { spread: 1.5 } },
      { name: '30 % of another kind', injection: { strange: 0.3 } },
    ],
    open(seed) {
      const random = randomFrom(seed);
      const lives = Array.from({ length: FEATURES }, random);
      const everywhere = { version: 'all', slice: 'all' } as const;
      const of = (hours: readonly number[], next: () => number, odd: Odd): Summaries => ({
        ...NONE,
        rows: [{ ...everywhere, subject: '', summary: drawRows(ROWS.rows, hours, lives, next, odd) }],
        embeddings: [{ ...everywhere, subject: 'text', summary: drawVectors(ROWS.vectors, hours, lives, next, odd) }],
      });
      const whole = { from: START, to: START + reference * WINDOW_HOURS * HOUR };
      const known = new Map<string, Summaries>();
      /** As the daemon takes it: of the same time of the week. */
      const against = (window: number): Summaries => {
        const from = START + window * WINDOW_HOURS * HOUR;
        const alike = stretchesLike(whole, { from, to: from + WINDOW_HOURS * HOUR });
        const hours = alike.flatMap((one) => hoursOf((one.from - START) / HOUR / WINDOW_HOURS, 1));
        const key = hours.join();
        const found =
          known.get(key) ?? allowed(of(hours, random, {}), reference * WINDOW_HOURS < 168 ? UNSEEN_WEEK : 1);
        known.set(key, found);
        return found;
      };
      const samplesAt = ({ judged, detector }: Trial, summaries: Summaries): Summary =>
        (detector.subject === 'rows' ? summaries.rows : summaries.embeddings)!.find(
          ({ subject }) => subject === judged.subject,
        )!.summary;
      const chunks = Array.from({ length: reference }, (_, at) => at);
      return {
        against,
        chunksOf: (trial) => chunks.map((at) => samplesAt(trial, of(hoursOf(at, 1), randomFrom(seed + at), {}))),
        likesOf: (trial) => chunks.map((at) => samplesAt(trial, against(at))),
        draw: (window, next, wrong) => of(hoursOf(window, 1), next, wrong?.injection ?? {}),
      };
    },
  };
}
