import type { Finding } from '../daemon/api/contract.ts';
import { formatNumber, formatShare } from './format-number.ts';

/** A figure of accuracy as people call it, and how its value is written. */
interface Figure {
  readonly detector: string;
  readonly title: string;
  readonly format: (value: number | null | undefined) => string;
}

/** In the order in which they are read: what came true, how labels come, what is only promised. */
const FIGURES: readonly Figure[] = [
  { detector: 'roc_auc', title: 'ROC-AUC', format: formatNumber },
  { detector: 'pr_auc', title: 'Average precision', format: formatNumber },
  { detector: 'recall_at_fpr', title: 'Recall at a fixed false-positive rate', format: formatShare },
  { detector: 'precision', title: 'Precision at the threshold', format: formatShare },
  { detector: 'recall', title: 'Recall at the threshold', format: formatShare },
  { detector: 'f1', title: 'F1 at the threshold', format: formatNumber },
  { detector: 'decision_cost', title: 'Cost of wrong decisions, of the money at stake', format: formatShare },
  { detector: 'log_loss', title: 'Log loss', format: formatNumber },
  { detector: 'brier', title: 'Brier score', format: formatNumber },
  { detector: 'calibration_error', title: 'Calibration error', format: formatNumber },
  { detector: 'micro_accuracy', title: 'Right answers', format: formatShare },
  { detector: 'macro_f1', title: 'Macro F1', format: formatNumber },
  { detector: 'macro_roc_auc', title: 'Macro ROC-AUC', format: formatNumber },
  { detector: 'mae', title: 'Mean absolute error', format: formatNumber },
  { detector: 'rmse', title: 'Root mean squared error', format: formatNumber },
  { detector: 'bias', title: 'Move of the mean error', format: formatNumber },
  { detector: 'label_drift', title: 'Move of the share of positives', format: formatNumber },
  { detector: 'label_value_drift', title: 'Shift of the labels', format: formatNumber },
  { detector: 'vanished_class', title: 'Share of a class that is gone', format: formatShare },
  { detector: 'class_drift', title: 'Shift of the classes', format: formatShare },
  { detector: 'estimate_error', title: 'Error of the estimate, once labels came', format: formatNumber },
  { detector: 'estimated_roc_auc', title: 'ROC-AUC, estimated before labels', format: formatNumber },
  { detector: 'early_roc_auc', title: 'ROC-AUC, on early labels', format: formatNumber },
  {
    detector: 'estimated_mae_error',
    title: 'Error of the estimated mean absolute error, once labels came',
    format: formatShare,
  },
  { detector: 'estimated_mae', title: 'Mean absolute error, estimated before labels', format: formatNumber },
  {
    detector: 'estimated_accuracy_error',
    title: 'Error of the estimated right answers, once labels came',
    format: formatNumber,
  },
  { detector: 'estimated_accuracy', title: 'Right answers, estimated before labels', format: formatShare },
  { detector: 'early_accuracy', title: 'Right answers, on early labels', format: formatShare },
  { detector: 'early_mae', title: 'Mean absolute error, on early labels', format: formatNumber },
  { detector: 'label_flow', title: 'Labels that came, of those expected', format: formatShare },
  { detector: 'label_delay', title: 'Shift of label delays', format: formatNumber },
  { detector: 'label_sources', title: 'Shift of label sources', format: formatShare },
];

export interface AccuracyRow extends Figure {
  readonly finding: Finding;
}

/** The newest finding of each figure, in reading order; figures that nobody knows how to call come last, by name. */
export function newestFigures(findings: readonly Finding[]): AccuracyRow[] {
  const newest = new Map<string, Finding>();
  for (const finding of findings) {
    const known = newest.get(finding.detector);
    if (known === undefined || isNewer(finding, known)) newest.set(finding.detector, finding);
  }
  return [...newest.values()]
    .map((finding) => ({ finding, place: FIGURES.findIndex(({ detector }) => detector === finding.detector) }))
    .sort(
      (one, other) => place(one.place) - place(other.place) || (one.finding.detector < other.finding.detector ? -1 : 1),
    )
    .map(({ finding, place: at }) => ({ ...(FIGURES[at] ?? plain(finding.detector)), finding }));
}

/** Of one window the version that more labels speak of. */
function isNewer(finding: Finding, known: Finding): boolean {
  const [one, other] = [Date.parse(finding.window.from), Date.parse(known.window.from)];
  return one > other || (one === other && finding.count > known.count);
}

function place(found: number): number {
  return found < 0 ? FIGURES.length : found;
}

function plain(detector: string): Figure {
  return { detector, title: detector.replaceAll('_', ' '), format: formatNumber };
}

/** A number among the details of a finding. */
export function detailOf({ details }: Finding, name: string): number | null {
  const value = details?.[name];
  return typeof value === 'number' ? value : null;
}
