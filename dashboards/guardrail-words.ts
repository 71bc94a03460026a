import type { Guardrail } from '../daemon/api/contract.ts';
import { formatNumber, formatShare } from './format-number.ts';

interface Words {
  readonly title: string;
  readonly harm: 'points' | 'share' | 'number';
  /** A change either way is harm. */
  readonly either?: true;
}

/** What each guardrail is about, and what its harm is: a difference of shares, a share, or a number without unit. */
const WORDS: Readonly<Record<Guardrail['name'], Words>> = {
  errors: { title: 'No valid score', harm: 'points' },
  decision_rate: { title: 'Share of declines, either way', harm: 'points', either: true },
  decline_rate: { title: 'Share of declines', harm: 'points' },
  class_rate: { title: 'Share of the class', harm: 'points', either: true },
  flips: { title: 'Decided differently', harm: 'share' },
  score_shift: { title: 'Mean score, either way', harm: 'number', either: true },
  class_shift: { title: 'Distance of the class scores', harm: 'number' },
  latency_p50: { title: 'Latency, median', harm: 'share' },
  latency_p95: { title: 'Latency, p95', harm: 'share' },
  latency_p99: { title: 'Latency, p99', harm: 'share' },
  missed_fraud: { title: 'Missed fraud', harm: 'points' },
  false_declines: { title: 'False declines', harm: 'points' },
  loss: { title: 'Brier score', harm: 'number' },
  wrong_class: { title: 'Wrong class', harm: 'points' },
  data_quality: { title: 'Features missing', harm: 'points' },
};

/** A guardrail's name for people; one that is not known here is shown as the API says it. */
export function guardrailTitle(name: string, ofClass?: string): string {
  const title = wordsOf(name)?.title ?? name.replaceAll('_', ' ');
  return ofClass === undefined ? title : `${title} ${ofClass}`;
}

/** How harm and margin of a guardrail are written: percentage points, per cent, or as a bare number. */
export function formatHarm(name: string): (value: number | null) => string {
  const kind = wordsOf(name)?.harm ?? 'number';
  return (value) => {
    if (value === null) return formatNumber(value);
    const text =
      kind === 'number'
        ? formatNumber(value)
        : kind === 'share'
          ? formatShare(value)
          : `${formatNumber(value * 100)} pp`;
    return text.replace('-', '−');
  };
}

/** The harms that are just accepted: the margin, and where a change either way is harm, the one below zero too. */
export function marginsOf({ name, margin }: { readonly name: string; readonly margin: number }): readonly number[] {
  return wordsOf(name)?.either === true ? [-margin, margin] : [margin];
}

function wordsOf(name: string): Words | undefined {
  return Object.entries(WORDS).find(([known]) => known === name)?.[1];
}
