import type { Detector, Setting, SubjectKind } from './detector.ts';

const SUBJECTS: Readonly<Record<SubjectKind, string>> = {
  feature: 'each feature of each slice',
  score: 'the score, in each slice',
  operation: 'each operation of a service',
  model: 'the model, in each slice',
};

const ONLY = { numbers: ' Numbers only.', categories: ' Categories only.', any: '' } as const;

/** The page `docs/detectors.md`, made from what the detectors declare. */
export function describeDetectors(detectors: readonly Detector[]): string {
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
    'A window fails when its statistic passes the limit. The limit is the setting, or what sampling noise alone reaches',
    'with the probability `chance` where that is more: with few values a larger difference is needed. The finding shows the',
    'limit that was used. Settings are given per model, such as `detectors: { psi: { limit: 0.2 } }`; `psi: false` switches',
    'one off, `ks: true` switches one on that runs on request only. An evaluation runs every detector that it names.',
    '',
    'Of the statistics of drift, two run by default for each feature, so that one shift is not told many times: `psi` sees any',
    'change of shares, of numbers and of categories, and `wasserstein` how far numbers moved, also within the outermost tenth,',
    'whose share stays the same. The others see the same changes through other eyes, and are there for those who know them.',
    '',
    '| detector | kind | judges | runs | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
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
