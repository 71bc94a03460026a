import type { ComponentChildren } from 'preact';

/** What a badge means; the colour follows, the words always say it too. */
export type Tone = 'bad' | 'warn' | 'good' | 'unknown' | 'info' | 'plain';

const TONES: Readonly<Record<string, Tone>> = {
  firing: 'bad',
  failing: 'bad',
  fail: 'bad',
  failed: 'bad',
  harmful: 'bad',
  rollback: 'bad',
  rolled_back: 'bad',
  pending: 'warn',
  hold: 'warn',
  undecided: 'warn',
  waiting: 'warn',
  good: 'good',
  pass: 'good',
  safe: 'good',
  promote: 'good',
  promoted: 'good',
  completed: 'good',
  delivered: 'good',
  done: 'good',
  resolved: 'good',
  insufficient: 'unknown',
  inconclusive: 'unknown',
  inactive: 'unknown',
  quiet: 'unknown',
  open: 'info',
  running: 'info',
  queued: 'info',
  snapshotting: 'info',
};

/** A state in a word. */
export function StateBadge({ state, children }: { readonly state: string; readonly children?: ComponentChildren }) {
  return <Badge tone={TONES[state] ?? 'plain'}>{children ?? state.replaceAll('_', ' ')}</Badge>;
}

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}
