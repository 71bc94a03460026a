import type { Bench, BenchReport } from '../bench.ts';
import { writeMeasured } from '../write-measured.ts';
import { classifierScene, regressionScene } from './accuracy-scene.ts';
import { measureFeatures } from './features.ts';
import { burnScene, latencyScene } from './latency-scene.ts';
import { rowsScene } from './rows-scene.ts';
import { measureScenes } from './try-detectors.ts';

const TRIALS = 10;

type Progress = (line: string) => void;

const PARTS = {
  features: measureFeatures,
  accuracy: (progress: Progress) =>
    measureScenes(
      [
        {
          what: 'A classifier with a ROC-AUC of 0.85, 3,000 labelled predictions a day of which 14 % are positive (fewer, and more of them positive, at weekends), judged by the day against two weeks.',
          scene: classifierScene,
          months: 10,
        },
        { what: 'A regression, in the same traffic.', scene: regressionScene, months: 10 },
      ],
      TRIALS,
      progress,
    ),
  latency: (progress: Progress) =>
    measureScenes(
      [
        {
          what: '10 operations with 600 to 2,000 requests an hour, slower at noon and faster at weekends, judged by the hour against two weeks.',
          scene: latencyScene,
          months: 2,
        },
        {
          what: '4 operations of which 0.1 to 0.4 % of the requests fail, under an objective of 99 %, looked at by the hour; hours are counted from the beginning of the trouble.',
          scene: burnScene,
          months: 2,
        },
      ],
      TRIALS,
      progress,
    ),
  rows: (progress: Progress) =>
    measureScenes(
      [
        {
          what: 'Samples of 1,000 rows of 8 features, which go together in pairs, and of 300 embeddings of 16 numbers; days, weekends and windows move both. Windows of 6 hours against two weeks.',
          scene: rowsScene(56),
          months: 2,
        },
        { what: 'The same against a day.', scene: rowsScene(4), months: 2 },
      ],
      TRIALS,
      progress,
    ),
} as const satisfies Record<string, (progress: Progress) => BenchReport>;

const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];

/** How often detectors page when nothing is wrong, and how soon they find what is, each beside a dummy. */
export const falseAlarms: Bench = {
  name: 'false-alarms',
  what: `months with nothing wrong, and injected trouble: false pages, share found, delay; --only ${NAMES.join(', ')} runs a part (5 to 20 minutes each), --write puts its table into docs/detectors.md`,
  async run({ rest, progress }) {
    const reports: Partial<Record<keyof typeof PARTS, BenchReport>> = {};
    for (const name of wantedOf(rest)) {
      const report = PARTS[name](progress);
      reports[name] = report;
      // Each part as soon as it is known: what is stopped goes on with --only.
      if (rest.includes('--write')) await writeMeasured(`false-alarms --only ${name}`, report.text);
    }
    return {
      text: Object.values(reports)
        .map(({ text }) => text)
        .join('\n\n'),
      figures: Object.fromEntries(Object.entries(reports).map(([name, { figures }]) => [name, figures])),
      bars: Object.values(reports).flatMap(({ bars }) => bars),
    };
  },
};

function wantedOf(rest: readonly string[]): (keyof typeof PARTS)[] {
  const at = rest.indexOf('--only');
  if (at < 0) return NAMES;
  const asked = (rest[at + 1] ?? '').split(',');
  const unknown = asked.filter((name) => !NAMES.some((known) => known === name));
  if (unknown.length > 0)
    throw new Error(`--only ${unknown.join(', ') || '(nothing)'} is no part; there are ${NAMES.join(', ')}`);
  return NAMES.filter((name) => asked.includes(name));
}
