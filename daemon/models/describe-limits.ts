import { findDetector } from '../../detectors/find-detector.ts';
import { chanceOfWindow } from '../../detectors/limits/alarm-budget.ts';
import { falsePagesAWeek } from '../../detectors/latency/burn-rate.ts';
import { LEAST_CHUNKS } from '../../detectors/limits/own-variation.ts';
import { sayNumber } from '../../detectors/say.ts';
import type { Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import { formatDuration } from '../config/duration.ts';
import { settingsOf } from '../watch/judge.ts';

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
  /** Expected false pages a week, at most, of all that can page: the model's part of the budget, and burn rates. */
  readonly expectedPagesAWeek: number;
  readonly says: string;
}

/**
 * @param reference the one that is taken, or null while there is none: then its length in the settings counts
 * @param allowed expected false pages a week that the model may cause, beside all others
 * @param operations of its services, where they are known; otherwise each service is taken to have one
 */
export function describeLimits(
  settings: ModelSettings,
  reference: Window | null,
  allowed: number,
  operations = settings.services.length,
): LimitsSummary {
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
  const burns = burnRates(settings, operations);
  return {
    windowsAWeek: WEEK / settings.window,
    chanceOfWindow: chanceOfWindow(allowed, settings.window, true),
    referenceWindows,
    source,
    expectedPagesAWeek: allowed + burns.pages,
    says: `${sayNumber(allowed)} false pages a week are expected at most${part}${burns.says}; ${learned}`,
  };
}

/** Burn rates are a fixed rule that no budget moves: what they add is told. */
function burnRates(settings: ModelSettings, operations: number): { readonly pages: number; readonly says: string } {
  const chosen = settingsOf(findDetector('burn_rate')!, settings);
  const watched = operations + Object.keys(settings.budgets).length;
  if (chosen === false || watched === 0) return { pages: 0, says: '' };
  const pages = watched * falsePagesAWeek({ chance: chosen['chance'] ?? 0 });
  const of = watched === 1 ? 'one operation or budget' : `${watched} operations and budgets`;
  return { pages, says: `, and ${sayNumber(pages)} of the burn rates of ${of}` };
}
