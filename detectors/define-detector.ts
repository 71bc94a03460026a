import type { Detector, OwnLimit, Setting, Settings, Weighed } from './detector.ts';
import { sayCount } from './say.ts';
import type { Need, SummaryByNeed } from './terms.ts';

/** Something that a summary must hold enough of before any arithmetic. */
export interface Requirement {
  /** In the plural: "values", "labelled positives". */
  readonly what: string;
  readonly have: number;
  readonly need: number;
}

/** What a detector found. */
export interface Measurement extends Explanation {
  readonly statistic: number;
  readonly limit: number;
  /** In place of the explanation itself: works it out where somebody is told of it. */
  readonly explain?: () => Explanation;
}

/** What goes with the figures; `seen` is a clause that tells a person what changed. */
export interface Explanation {
  readonly seen?: string | undefined;
  readonly interval?: readonly [number, number];
  readonly details?: Readonly<Record<string, number | string>>;
}

/** The summaries were large enough, and still nothing can be said. */
export interface Unmeasurable {
  readonly insufficient: string;
}

type Measure<N extends Need, Declared extends Record<string, Setting>> =
  | {
      readonly comparesWithReference: true;
      measure(
        reference: SummaryByNeed[N],
        window: SummaryByNeed[N],
        settings: Settings<Declared>,
      ): Measurement | Unmeasurable;
    }
  | {
      readonly comparesWithReference: false;
      measure(window: SummaryByNeed[N], settings: Settings<Declared>): Measurement | Unmeasurable;
    };

/** A detector as its file declares it: everything but what all detectors share. */
export type Definition<N extends Need, Declared extends Record<string, Setting>> = Omit<
  Detector<N, Declared>,
  'judge' | 'weigh' | 'comparesWithReference' | 'onRequest'
> & {
  readonly onRequest?: boolean;
  /** The statistic in a sentence: "the ROC-AUC". */
  readonly statistic: string;
  /** The statistic and its limit as a person writes them. */
  readonly say: (value: number) => string;
  /** What window and reference must hold; the first is the count that the judgement reports. */
  readonly requires: (summary: SummaryByNeed[N], settings: Settings<Declared>) => readonly Requirement[];
} & Measure<N, Declared>;

/**
 * A detector out of its declaration. What all share lives here: too little data and a missing reference are
 * `insufficient` before any arithmetic, a statistic or limit that is not finite is `insufficient`, there is one
 * comparison with the limit, and one form of reason.
 */
export function defineDetector<N extends Need, const Declared extends Record<string, Setting>>(
  definition: Definition<N, Declared>,
): Detector<N, Declared> {
  const { name, title, kind, subject, needs, values, comparesWithReference, fails, failsWhen, settings } = definition;
  const weigh: Detector<N, Declared>['weigh'] = (reference, window, chosen, own) => {
    const required = definition.requires(window, chosen);
    // Weighted records, as labels still to come are, add up to parts of one.
    const count = Math.round(finiteOrZero(required[0]?.have));
    const lack = lackOf(required) ?? lackOfReference(definition, reference, chosen);
    if (lack !== undefined)
      return insufficient(() => sayLack(required.includes(lack) ? 'window' : 'reference', lack), count);
    const measured = measure(definition, reference, window, chosen);
    if ('insufficient' in measured) return insufficient(() => measured.insufficient, count);
    return decide(definition, measured, chosen, own, count);
  };
  return {
    name,
    title,
    kind,
    subject,
    needs,
    values,
    onRequest: definition.onRequest ?? false,
    comparesWithReference,
    fails,
    failsWhen,
    settings,
    ...(definition.squared && { squared: definition.squared }),
    ...(definition.level && { level: definition.level }),
    ...(definition.headline && { headline: definition.headline }),
    ...(definition.atChance && { atChance: definition.atChance }),
    weigh,
    judge: (reference, window, chosen, own) => weigh(reference, window, chosen, own).tell(),
  };
}

function measure<N extends Need, Declared extends Record<string, Setting>>(
  definition: Definition<N, Declared>,
  reference: SummaryByNeed[N] | null,
  window: SummaryByNeed[N],
  settings: Settings<Declared>,
): Measurement | Unmeasurable {
  if (!definition.comparesWithReference) return definition.measure(window, settings);
  if (reference === null) return { insufficient: 'there is no reference yet' };
  return definition.measure(reference, window, settings);
}

function lackOfReference<N extends Need, Declared extends Record<string, Setting>>(
  definition: Definition<N, Declared>,
  reference: SummaryByNeed[N] | null,
  settings: Settings<Declared>,
): Requirement | undefined {
  if (!definition.comparesWithReference || reference === null) return undefined;
  return lackOf(definition.requires(reference, settings));
}

/** The first that is not met; NaN is less than any need. */
function lackOf(required: readonly Requirement[]): Requirement | undefined {
  return required.find(({ have, need }) => !(have >= need));
}

/** Says how much more is needed. */
function sayLack(where: string, { what, have, need }: Requirement): string {
  const had = finiteOrZero(have);
  const more = sayCount(Math.ceil(need - had));
  // Effective numbers are parts of one.
  const whole = Math.floor(had);
  const held = whole === 0 ? `no ${what}` : `only ${sayCount(whole)} ${what}`;
  return `the ${where} holds ${held}, ${more} more are needed`;
}

/** Which rule gave the limit: the reference itself, the setting, or noise. */
function sourceOf(limit: number, setting: number | undefined, isOwn: boolean): string | undefined {
  if (isOwn) return 'the reference';
  if (setting === undefined) return undefined;
  return Math.abs(limit - setting) <= 1e-9 * setting ? 'the setting' : 'sampling noise';
}

/** One comparison with the limit: what was measured, or what the reference reaches where that is larger. */
function decide<N extends Need, Declared extends Record<string, Setting>>(
  definition: Definition<N, Declared>,
  measured: Measurement,
  chosen: Readonly<Record<string, number>>,
  own: OwnLimit | undefined,
  count: number,
): Weighed {
  const { statistic } = measured;
  const isAbove = definition.fails === 'above';
  const wider =
    own !== undefined && (isAbove ? own.limit > measured.limit : own.limit < measured.limit) ? own : undefined;
  const limit = wider?.limit ?? measured.limit;
  if (!Number.isFinite(statistic) || !Number.isFinite(limit))
    return insufficient(() => `${definition.statistic} cannot be told from this data`, count);
  const failed = isAbove ? statistic > limit : statistic < limit;
  return {
    state: failed ? 'fail' : 'pass',
    tell() {
      const { seen, interval, details } = measured.explain?.() ?? measured;
      const source = sourceOf(limit, chosen['limit'], wider !== undefined);
      const known = interval?.every(Number.isFinite) ? interval : undefined;
      const told = sayStatistic(definition, { statistic, limit, failed, interval: known, because: wider?.says });
      const clauses = seen === undefined ? [told] : [told, seen];
      const all = source === undefined ? details : { ...details, limit_from: source };
      return {
        state: failed ? 'fail' : 'pass',
        statistic,
        limit,
        // What went wrong comes first; what accuracy was before is said of the figure, and follows it.
        reason: (failed && definition.kind !== 'accuracy' ? clauses.toReversed() : clauses).join('; '),
        count,
        ...(known && { interval: known }),
        ...(all && { details: all }),
      };
    },
  };
}

/** The statistic beside its limit, as a clause. */
function sayStatistic(
  { statistic, say }: { readonly statistic: string; readonly say: (value: number) => string },
  found: {
    readonly statistic: number;
    readonly limit: number;
    readonly failed: boolean;
    readonly interval: readonly [number, number] | undefined;
    /** Where the limit comes from, when a word says it better than the number. */
    readonly because: string | undefined;
  },
): string {
  const { statistic: value, limit, failed, interval, because } = found;
  const side = value > limit ? 'above' : value < limit ? 'below' : 'at';
  const source = because === undefined ? '' : ` (${because})`;
  const sure = failed && interval ? ` (95 % interval ${say(interval[0])} to ${say(interval[1])})` : '';
  return `${statistic} is ${say(value)}${sure}, ${side} the limit of ${say(limit)}${source}`;
}

function insufficient(say: () => string, count: number): Weighed {
  return {
    state: 'insufficient',
    tell: () => ({ state: 'insufficient', statistic: null, limit: null, reason: say(), count }),
  };
}

function finiteOrZero(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
