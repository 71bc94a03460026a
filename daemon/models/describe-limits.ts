import { chanceOfWindow } from '../../detectors/limits/alarm-budget.ts';
import { LEAST_CHUNKS } from '../../detectors/limits/own-variation.ts';
import { sayNumber } from '../../detectors/say.ts';
import type { Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import { formatDuration } from '../config/duration.ts';

const WEEK = 7 * 86_400_000;

/** Where the limits of a model come from, and how rarely they may be wrong. */
export interface LimitsSummary {
  readonly windowsAWeek: number;
  /** The chance that a window is failed as it closes although nothing is wrong. */
  readonly chanceOfWindow: number;
  /** Windows that the reference can be cut into. */
  readonly referenceWindows: number;
  /** What the limits follow, besides the settings: the reference's own variation, or sampling noise alone. */
  readonly source: 'reference' | 'noise';
  readonly says: string;
}

/**
 * @param reference the one that is taken, or null while there is none: then its length in the settings counts
 * @param allowed expected false pages a week that the model may cause, beside all others
 */
export function describeLimits(settings: ModelSettings, reference: Window | null, allowed: number): LimitsSummary {
  const length = reference === null ? settings.reference : reference.to - reference.from;
  const isFixed = settings.reference_kind === 'fixed';
  const referenceWindows = isFixed ? Math.floor(length / settings.window) : 0;
  const source = referenceWindows >= LEAST_CHUNKS ? 'reference' : 'noise';
  const asked = settings.false_alarm_budget;
  const part =
    allowed < asked
      ? ` (its part of watch.false_alarm_budget, which all models share; its own is ${sayNumber(asked)})`
      : '';
  const learned = !isFixed
    ? 'limits allow for sampling noise alone: a reference that moves along has no windows of its own to learn from'
    : source === 'reference'
      ? `limits are learned from the ${referenceWindows} windows of ${formatDuration(settings.window)} that the reference holds`
      : `limits allow for sampling noise alone: the reference holds ${referenceWindows} windows of ${formatDuration(settings.window)}, ${LEAST_CHUNKS} are needed to learn how they vary`;
  return {
    windowsAWeek: WEEK / settings.window,
    chanceOfWindow: chanceOfWindow(allowed, settings.window, true),
    referenceWindows,
    source,
    says: `${sayNumber(allowed)} false pages a week are expected at most${part}; ${learned}`,
  };
}
