import type { Detector, Setting, SubjectKind } from './detector.ts';

const SUBJECTS: Readonly<Record<SubjectKind, string>> = {
  feature: 'each feature of each slice',
  score: 'the score, in each slice',
  operation: 'each operation of a service',
  model: 'the model, in each slice',
};

/** The page `docs/detectors.md`, made from what the detectors declare. */
export function describeDetectors(detectors: readonly Detector[]): string {
  const rows = detectors.map(
    ({ name, kind, subject, title }) => `| [\`${name}\`](#${name}) | ${kind} | ${SUBJECTS[subject]} | ${title} |`,
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
    'one off.',
    '',
    '| detector | kind | judges | |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...detectors.flatMap(describeDetector),
  ].join('\n');
}

function describeDetector(detector: Detector): string[] {
  const settings = Object.entries(detector.settings);
  const needed = settings.filter(([name]) => name.startsWith('minimum_'));
  const minimum = needed.map(([name, setting]) => `${setting.default} ${setting.unit} (\`${name}\`)`).join(', ');
  const numbers = detector.subject === 'feature' && detector.values === 'numbers' ? ' Numbers only.' : '';
  const reference = detector.comparesWithReference ? 'Compared with the reference.' : 'Needs no reference.';
  return [
    `## ${detector.name}`,
    '',
    `${detector.title}. ${reference}${numbers}`,
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
