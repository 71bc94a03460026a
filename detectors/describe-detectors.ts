import type { Detector, Setting, SubjectKind } from './detector.ts';

const SUBJECTS: Readonly<Record<SubjectKind, string>> = {
  feature: 'each feature of each slice',
  score: 'the score, or that of each class, in each slice',
  decision: 'the decisions, in each slice',
  operation: 'each operation of a service',
  series: 'each stored series',
  rows: 'a sample of whole rows',
  embedding: 'a sample of each embedding',
  model: 'the model, in each slice',
};

const ONLY = { numbers: ' Numbers only.', categories: ' Categories only.', any: '' } as const;

/** Benchmarks that write a table into the page. */
export type MeasuredBy = `false-alarms --only ${'features' | 'accuracy' | 'latency' | 'rows'}` | 'streaming';

const END_OF_MEASURED = '<!-- end of measured -->';

function beginOf(bench: MeasuredBy): string {
  return `<!-- measured: \`npm run bench -- ${bench} --write\` -->`;
}

/** What a benchmark wrote into the page between its marks. */
export function measuredIn(page: string, bench: MeasuredBy): string {
  return page.split(beginOf(bench))[1]?.split(END_OF_MEASURED)[0]?.trim() ?? '';
}

/** The page with other measurements of one benchmark. */
export function replaceMeasured(page: string, bench: MeasuredBy, measured: string): string {
  const [before = '', rest = ''] = page.split(beginOf(bench));
  const after = rest.slice(rest.indexOf(END_OF_MEASURED) + END_OF_MEASURED.length);
  return `${before}${blockOf(bench, measured).join('\n')}${after}`;
}

function blockOf(bench: MeasuredBy, measured: string): string[] {
  const table = measured.trim();
  return [beginOf(bench), '', ...(table === '' ? [] : [table, '']), END_OF_MEASURED];
}

/**
 * The page `docs/detectors.md`, made from what the detectors declare.
 * @param measuredBy how often they are wrong, as each benchmark found
 */
export function describeDetectors(
  detectors: readonly Detector[],
  measuredBy: (bench: MeasuredBy) => string = () => '',
): string {
  const rows = detectors.map(
    ({ name, kind, subject, onRequest, title }) =>
      `| [\`${name}\`](#${name}) | ${kind} | ${SUBJECTS[subject]} | ${onRequest ? 'on request' : 'by default'} | ${title} |`,
  );
  return [
    '# Detectors',
    '',
    'A detector compares the summary of a window with that of the reference and gives a finding: `pass`, `fail` or',
    '`insufficient`. It is `insufficient`, and says how much more is needed, when window or reference hold too little, when',
    'there is no reference yet, or when the statistic is not a finite number; missing data is never good and never bad.',
    '',
    'A window fails when its statistic passes the limit: the largest of the setting, of what sampling noise alone reaches, and',
    'of what the reference itself reaches from window to window. For the last, the statistic of each of its own windows is',
    'taken, its logarithm for normal around a mean that may depend on the hour of the day or of the week (whichever predicts',
    'windows left out best; the lowest third count alike), and the quantile of the next one is the limit. A weekend must have',
    'been seen twice to be expected: pin two weeks. A day as the reference, as is taken by itself, misses some of the moderate',
    'shifts of numbers and most of those of categories (see the tables below).',
    'A window with fewer records than usual, as most open ones, scatters more: what the reference reaches, and the noise that it',
    'has on top, each at half of the chance, add up, or their roots do where the statistic is a sum of squares, or their logarithms',
    'where it is no distance: accuracy that falls is measured by its odds, a loss by its logarithm.',
    '',
    'What that means for each kind:',
    '',
    '- Drift, quality and latency learn from up to 672 windows of the reference, out of the rollups.',
    '- Accuracy on matured labels learns from up to 28 windows of `accuracy_window` of the reference, read when a figure first',
    '  fails, and anew each day, because labels come late. Estimates before the labels, and how labels come, have sampling noise alone.',
    '- Whole rows and embeddings, held against rows of the same time of the week, learn from up to 28 of its windows, evenly spaced, each',
    '  held against the others of its time.',
    '- Charts over stored series have no such limit. Their threshold is passed falsely at no more points than their part of the budget',
    '  says, or than the setting says, if that is stricter: by the average run length of CUSUM and Page-Hinkley (Siegmund 1985), by',
    '  the normal tail of EWMA, by the chance of ADWIN and KSWIN, over 500 cuts of HDDM and DDM. Of many charts that fire, e-BH (over the run length each',
    '  is worth) says at which. That holds for series with no more than noise about their season: where a share varies from step to step by more than',
    '  its records let it, DDM and HDDM fire more often, and a series that wanders by itself is a change to any chart.',
    '- Burn rates are a fixed rule that no budget moves. Where an objective just holds, each is passed falsely with its `chance`, at each',
    '  minute and pair of windows at most: 0.0004 times a week with the default. `limits.expected_pages_a_week` of a model, and `serin check`, count them in.',
    '',
    'How rare the quantile is follows from the `false_alarm_budget` of the model, the expected false pages a week: five eighths are for',
    'windows of traffic, a quarter for those of accuracy, an eighth for charts; half of each is shared by the windows as they close,',
    'half by the looks at open ones. Failures of one window must then pass a false-discovery control (Benjamini and Hochberg)',
    'over all features, slices and detectors that were judged in it; one that is withheld passes, and says so. Across models, the',
    'budgets are cut: where those of all models add up to more than `watch.false_alarm_budget` (1 false page a week), each has a',
    'part in proportion, and families that are each controlled at their part of a rate are controlled at the rate together, however',
    'they depend on each other. A reference',
    'of fewer than 8 windows leaves it to sampling noise, at the probability `chance`. The finding shows the limit that was',
    'used, `limit_from` where it comes from, and `p_value` how rare a failure is. A failure of the quality of the data inhibits',
    'the drift of the same feature that it explains: it stays a failure to look at, and no one is told of it. It explains the drift',
    '',
    '- in the same slice; a missing share also a change that is found in its own stored series there, and any of them one in that of its mean;',
    '- in a slice within it (of all traffic, or of a wider cut of the same number), where the same defect is seen at more than its',
    '  setting too, were it in too few records to be sure of it there;',
    '- in a slice around it, where window and reference are taken again without the broken part (all broken values of the tag, or the',
    '  one cut) and what is left stays under the limit that the whole passed. Where too little is left to be judged, or counts do not',
    '  add up, the drift is told.',
    '',
    'A judgement is weighed first and put into words where somebody will read them: a look at an open window stores and tells what',
    'failed or changed, and what passes as it did at the look before costs neither a sentence nor a row (where a model has an open',
    'alert, its passes are told too). What follows from a reference alone, such as its deciles, its spread, its cumulated shares and',
    'what noise its size allows, is worked out once and kept as long as the daemon keeps the reference.',
    '',
    'Settings are given per model, such as `detectors: { psi: { limit: 0.2 } }`; `psi: false` switches one off, `ks: true`',
    'switches one on that runs on request only. An evaluation runs every detector that it names.',
    '',
    'Of the statistics of drift, three run by default for each feature, so that one shift is not told many times: `psi` sees any',
    'change of shares, of numbers and of categories, `wasserstein` how far numbers moved, also within the outermost tenth,',
    'whose share stays the same, and `tail_share` a few per cent that moved far, which the others hardly see. The others see the same changes through other eyes, and are there for those who know them.',
    '',
    'Decisions are judged as recorded, by version and slice: `decisions`. Of a binary model that never recorded one they are what its',
    'present threshold makes of the scores, in window and reference alike: `decisions by threshold`, to the 1 part in 32 that rollups',
    'tell scores apart by. Of simulated models with days, weekends and wobble, 500 to 2,000 records an hour of which 3 % are declined and a',
    'reference of two weeks, 20 models paged 0 times in four weeks each at 0.1 false pages a week, and 16 times at 10 (250 were allowed);',
    'three times as many declines were found within a day in 20 of 20 models, twice as many in 4.',
    '',
    '| detector | kind | judges | runs | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    'How often they are wrong, and how soon they find what is:',
    '',
    ...blockOf('false-alarms --only features', measuredBy('false-alarms --only features')),
    '',
    'Accuracy on matured labels:',
    '',
    ...blockOf('false-alarms --only accuracy', measuredBy('false-alarms --only accuracy')),
    '',
    'Latency and error budgets:',
    '',
    ...blockOf('false-alarms --only latency', measuredBy('false-alarms --only latency')),
    '',
    'Many features together, and embeddings. They are judged on samples of raw rows, and held against rows of the same time of the',
    'week where the reference is a week or longer, of the same time of the day where it is a day or longer: what a classifier tells apart',
    'otherwise is night from day. Where the reference has seen no whole week, `limit` counts twice (of an AUC: its distance from 0.5).',
    'A file whose rows have no time can be held against as a whole only: where days and weeks move the features, leave these off.',
    '',
    ...blockOf('false-alarms --only rows', measuredBy('false-alarms --only rows')),
    '',
    'And those that find changes in a stored series, with their default settings; DDM and HDDM are for shares of records only:',
    '',
    ...blockOf('streaming', measuredBy('streaming')),
    '',
    ...detectors.flatMap(describeDetector),
  ].join('\n');
}

function describeDetector(detector: Detector): string[] {
  const settings = Object.entries(detector.settings);
  const needed = settings.filter(([name]) => name.startsWith('minimum_'));
  const minimum = needed.map(([name, setting]) => `${setting.default} ${setting.unit} (\`${name}\`)`).join(', ');
  const only = detector.subject === 'feature' ? ONLY[detector.values] : '';
  const runs = detector.onRequest ? ` Runs where it is asked for: \`${detector.name}: true\`.` : '';
  const reference = detector.comparesWithReference ? 'Compared with the reference.' : 'Needs no reference.';
  return [
    `## ${detector.name}`,
    '',
    `${detector.title}. ${reference}${only}${runs}`,
    '',
    `Fails when ${detector.failsWhen}.`,
    '',
    `Minimum data: ${minimum}.`,
    '',
    '| setting | default | unit | range | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...settings.map(([name, setting]) => describeSetting(name, setting)),
    '',
  ];
}

function describeSetting(name: string, { default: value, unit, meaning, range }: Setting): string {
  return `| \`${name}\` | ${value} | ${unit} | ${range ? range.join(' to ') : 'any'} | ${meaning} |`;
}
