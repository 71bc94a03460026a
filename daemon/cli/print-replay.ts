import type { Comparison, Replay } from '../api/contract.ts';
import type { Output } from './command-io.ts';
import { printClasses } from './print-classes.ts';
import { percent, printable, printTable, short } from './print-table.ts';
import { money, printWhy, replayChecks } from './replay-parts.ts';

const COUNT = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const MOST_EXAMPLES = 3;

/** The answer to "what would the candidate have done differently, to whom, and what would it have cost?" */
export function printReplay(output: Output, replay: Replay, unit: string): void {
  const line = (text: string): void => void output.write(`${text}\n`);
  const { comparison } = replay;
  line(whatWasDone(replay));
  const ofClasses = replay.classes?.comparison ?? null;
  if (ofClasses !== null) printClasses(output, replay, ofClasses, unit);
  if (comparison === null) return;
  line('');
  for (const sentence of [
    ...decisions(replay, comparison, unit),
    ...labels(replay, comparison, unit),
    ...replayChecks(replay, comparison.flips.share, comparison.score_shift.mean),
  ])
    line(printable(sentence));
  if (replay.slices.length > 0) {
    line('\nto whom');
    printTable(
      output,
      replay.population > replay.recorded ? SAMPLE_HEAD : HEAD,
      [comparison, ...mostFlips(replay.slices)].map((one) => sliceRow(one, unit)),
    );
  }
  printWhy(output, replay);
  printExamples(output, replay, unit);
}

function whatWasDone(replay: Replay): string {
  const { candidate, replayed, recorded, population, classes, backend, rows_per_second: rate } = replay;
  const sample =
    population > recorded
      ? `, a ${classes === undefined ? 'stratified ' : ''}sample: flips, shares and money below are those of all ${COUNT.format(population)}, worked out from it`
      : '';
  const on = backend === null ? '' : ` on ${backend}`;
  const speed = rate === null ? '' : `, ${COUNT.format(rate)} a second`;
  return `${printable(candidate)} replayed ${COUNT.format(replayed)} of ${COUNT.format(recorded)} recorded predictions${sample}${on}${speed}`;
}

function decisions(
  { candidate, recorded, population }: Replay,
  { flips, decline_rates: rates, score_shift: shift, failed, errors, rank_correlation: rank }: Comparison,
  unit: string,
): string[] {
  const [low, high] = flips.interval;
  return [
    `${candidate} would decide ${COUNT.format(flips.to_decline + flips.to_approve)} predictions differently: ${percent(flips.share)} (95 % interval ${percent(low)} to ${percent(high)})`,
    `  approved, would be declined   ${COUNT.format(flips.to_decline).padStart(9)}   ${money(flips.value_to_decline, unit)} at stake${ofPairs(flips.ways?.to_decline)}`,
    `  declined, would be approved   ${COUNT.format(flips.to_approve).padStart(9)}   ${money(flips.value_to_approve, unit)} at stake${ofPairs(flips.ways?.to_approve)}`,
    `decline rate ${percent(rates.control)} -> ${percent(rates.candidate)}; mean score ${short(shift.control_mean)} -> ${short(shift.candidate_mean)}, shift ${short(shift.mean)} (${short(shift.interval[0])} to ${short(shift.interval[1])}), rank correlation ${short(rank)}`,
    ...(failed === 0
      ? []
      : [
          `${COUNT.format(failed)}${population > recorded ? ' of the sample' : ''} got no score: ${Object.entries(
            errors,
          )
            .map(([reason, count]) => `${reason} ${count}`)
            .join(', ')}`,
        ]),
  ];
}

function ofPairs(of: { readonly share: number; readonly interval: readonly [number, number] } | undefined): string {
  return of === undefined ? '' : `, ${percent(of.share)} (${percent(of.interval[0])} to ${percent(of.interval[1])})`;
}

/** What the labels that are known by now say of it. */
function labels({ candidate }: Replay, { labelled }: Comparison, unit: string): string[] {
  const { count, positives, represents, control, candidate: ours, mcnemar_p: p } = labelled;
  const sample = represents > count ? ` (a sample; money and shares are those of all ${COUNT.format(represents)})` : '';
  if (count === 0) return ['no labels are known yet: what it would have cost shows when they are'];
  const change = (before: number, after: number): string =>
    `${money(before, unit)} -> ${money(after, unit)} (${after > before ? '+' : ''}${money(after - before, unit)})`;
  return [
    `on ${COUNT.format(count)} labelled predictions, ${COUNT.format(positives)} of them positive${sample}:`,
    `  missed (positive, approved)             ${change(control.missed_value, ours.missed_value)}`,
    `  wrongly declined (negative, declined)   ${change(control.wrongly_declined_value, ours.wrongly_declined_value)}`,
    `  ROC-AUC ${short(control.auc)} -> ${short(ours.auc)}, recall ${share(control.recall)} -> ${share(ours.recall)}, false positives ${share(control.false_positive_rate)} -> ${share(ours.false_positive_rate)}`,
    `  calibration error ${short(control.calibration_error)} -> ${short(ours.calibration_error)}, Brier ${short(control.brier)} -> ${short(ours.brier)}`,
    `  only the control right ${COUNT.format(labelled.only_control_right)}, only ${candidate} right ${COUNT.format(labelled.only_candidate_right)}${p === null ? '' : ` (McNemar ${p === 0 ? 'p below 1e-300' : `p ${short(p)}`})`}`,
  ];
}

const HEAD = [
  'slice',
  'replayed',
  'flips',
  '95 % interval',
  'to decline',
  'at stake',
  'to approve',
  'at stake',
  'score shift',
  'AUC',
];

/** How many were replayed is told of the sample, the rest of what it stands for. */
const SAMPLE_HEAD = HEAD.map((head) => (head === 'replayed' ? 'in sample' : head));

function mostFlips(slices: readonly Comparison[]): Comparison[] {
  return [...slices].sort((a, b) => b.flips.share - a.flips.share);
}

function sliceRow({ slice, replayed, flips, score_shift: shift, labelled }: Comparison, unit: string): string[] {
  return [
    slice,
    COUNT.format(replayed),
    percent(flips.share),
    `${percent(flips.interval[0])} .. ${percent(flips.interval[1])}`,
    COUNT.format(flips.to_decline),
    money(flips.value_to_decline, unit),
    COUNT.format(flips.to_approve),
    money(flips.value_to_approve, unit),
    short(shift.mean),
    `${short(labelled.control_auc)} -> ${short(labelled.candidate_auc)}`,
  ];
}

function printExamples(output: Output, { examples }: Replay, unit: string): void {
  const ways = [
    ['approve -> decline', examples.to_decline],
    ['decline -> approve', examples.to_approve],
  ] as const;
  const rows = ways.flatMap(([way, flips]) =>
    flips
      .slice(0, MOST_EXAMPLES)
      .map((flip) => [
        way,
        flip.prediction_id,
        flip.timestamp,
        money(flip.value, unit),
        `${short(flip.control_score)} -> ${short(flip.candidate_score)}`,
        flip.trace_id || '-',
      ]),
  );
  if (rows.length === 0) return;
  output.write('\nthe dearest of them\n');
  printTable(output, ['decision', 'prediction', 'time', 'value', 'score', 'trace'], rows);
}

function share(value: number | null): string {
  return value === null ? '-' : percent(value);
}
