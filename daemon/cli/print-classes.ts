import type { ClassComparison, Replay } from '../api/contract.ts';
import type { Output } from './command-io.ts';
import { percent, printable, printTable, short } from './print-table.ts';
import { money, printWhy, replayChecks } from './replay-parts.ts';

const COUNT = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const MOST_CHANGES = 10;
const MOST_EXAMPLES = 6;

/** The same answer where the candidate tells classes apart. */
export function printClasses(output: Output, replay: Replay, comparison: ClassComparison, unit: string): void {
  const { flips, distance, classes } = comparison;
  output.write('\n');
  for (const sentence of [
    `${replay.candidate} would put ${COUNT.format(flips.count)} predictions into another class: ${percent(flips.share)} (95 % interval ${percent(flips.interval[0])} to ${percent(flips.interval[1])}), ${money(flips.value, unit)} at stake`,
    `the scores of the two are ${short(distance.mean)} apart on average (${short(distance.interval[0])} to ${short(distance.interval[1])}; total variation)`,
    ...failures(replay, comparison),
    ...labels(replay, comparison),
    ...replayChecks(replay, flips.share, distance.mean),
  ])
    output.write(`${printable(sentence)}\n`);
  printChanges(output, flips, unit);
  output.write('\nclass by class\n');
  printTable(
    output,
    ['class', 'decided by the control', 'by the candidate', 'mean score', 'shift', '95 % interval'],
    classes.map(({ name, shares, mean_scores: means, shift, interval }) => [
      name,
      percent(shares.control),
      percent(shares.candidate),
      `${short(means.control)} -> ${short(means.candidate)}`,
      short(shift),
      `${short(interval[0])} .. ${short(interval[1])}`,
    ]),
  );
  printSlices(output, [comparison, ...(replay.classes?.slices ?? [])], unit);
  printWhy(output, replay);
  printExamples(output, replay, unit);
}

function failures({ recorded, population }: Replay, { failed, errors }: ClassComparison): string[] {
  if (failed === 0) return [];
  const reasons = Object.entries(errors).map(([reason, count]) => `${reason} ${count}`);
  return [
    `${COUNT.format(failed)}${population > recorded ? ' of the sample' : ''} got no scores: ${reasons.join(', ')}`,
  ];
}

function labels({ candidate }: Replay, { labelled }: ClassComparison): string[] {
  const { count, represents, control, candidate: ours, mcnemar_p: p, log_loss_difference: loss } = labelled;
  if (count === 0) return ['no labels are known: replay again when they are, and it shows who is right more often'];
  const sample = represents > count ? ` (a sample that stands for ${COUNT.format(represents)})` : '';
  const interval = loss === null ? '' : ` (${short(loss.interval[0])} to ${short(loss.interval[1])})`;
  const both = (of: keyof typeof control, say: (value: number) => string): string =>
    [control[of], ours[of]].map((value) => (value === null ? '-' : say(value))).join(' -> ');
  return [
    `on ${COUNT.format(count)} labelled predictions${sample}:`,
    `  accuracy ${both('accuracy', percent)}, macro F1 ${both('macro_f1', short)}, log loss ${both('log_loss', short)}${interval}`,
    `  only the control right ${COUNT.format(labelled.only_control_right)}, only ${candidate} right ${COUNT.format(labelled.only_candidate_right)}${p === null ? '' : ` (McNemar ${p === 0 ? 'p below 1e-300' : `p ${short(p)}`})`}`,
  ];
}

function printChanges(output: Output, { changes }: ClassComparison['flips'], unit: string): void {
  if (changes.length === 0) return;
  output.write('\nfrom which class to which\n');
  printTable(
    output,
    ['from', 'to', 'predictions', 'share', '95 % interval', 'at stake'],
    changes
      .slice(0, MOST_CHANGES)
      .map(({ from, to, count, share, interval, value }) => [
        from,
        to,
        COUNT.format(count),
        percent(share),
        `${percent(interval[0])} .. ${percent(interval[1])}`,
        money(value, unit),
      ]),
  );
}

function printSlices(output: Output, [all, ...slices]: readonly ClassComparison[], unit: string): void {
  if (all === undefined || slices.length === 0) return;
  output.write('\nto whom\n');
  printTable(
    output,
    ['slice', 'replayed', 'flips', '95 % interval', 'at stake', 'most frequent change', 'accuracy'],
    [all, ...slices.sort((a, b) => b.flips.share - a.flips.share)].map(({ slice, replayed, flips, labelled }) => [
      slice,
      COUNT.format(replayed),
      percent(flips.share),
      `${percent(flips.interval[0])} .. ${percent(flips.interval[1])}`,
      money(flips.value, unit),
      flips.changes[0] === undefined ? '-' : `${flips.changes[0].from} -> ${flips.changes[0].to}`,
      [labelled.control.accuracy, labelled.candidate.accuracy]
        .map((value) => (value === null ? '-' : percent(value)))
        .join(' -> '),
    ]),
  );
}

function printExamples(output: Output, { classes }: Replay, unit: string): void {
  const examples = classes?.examples.slice(0, MOST_EXAMPLES) ?? [];
  if (examples.length === 0) return;
  output.write('\nthe dearest of them\n');
  printTable(
    output,
    ['class', 'prediction', 'time', 'value', 'score', 'trace'],
    examples.map((flip) => [
      `${flip.from} -> ${flip.to}`,
      flip.prediction_id,
      flip.timestamp,
      money(flip.value, unit),
      `${short(flip.control_score)} -> ${short(flip.candidate_score)}`,
      flip.trace_id || '-',
    ]),
  );
}
