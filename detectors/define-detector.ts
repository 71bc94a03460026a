import type { Detector, OwnLimit, Setting, Settings } from './detector.ts';
import { sayCount } from './say.ts';
import type { Judgement, Need, SummaryByNeed } from './terms.ts';

/** Something that a summary must hold enough of before any arithmetic. */
export interface Requirement {
  /** In the plural: "values", "labelled positives". */
  readonly what: string;
  readonly have: number;
  readonly need: number;
}

/** What a detector found; `seen` is a clause that tells a person what changed. */
export interface Measurement {
  readonly statistic: number;
  readonly limit: number;
  readonly seen?: string;
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
  'judge' | 'comparesWithReference' | 'onRequest'
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
    ...(definition.headline && { headline: definition.headline }),
    judge(reference, window, chosen, own) {
      const required = definition.requires(window, chosen);
      // Weighted records, as labels still to come are, add up to parts of one.
      const count = Math.round(finiteOrZero(required[0]?.have));
      const lack = lackOf('window', required) ?? lackOfReference(definition, reference, chosen);
      if (lack !== undefined) return insufficient(lack, count);
      const measured = measure(definition, reference, window, chosen);
      if ('insufficient' in measured) return insufficient(measured.insufficient, count);
      return decide(definition, holdTo(measured, chosen, own), count);
    },
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
): string | undefined {
  if (!definition.comparesWithReference || reference === null) return undefined;
  return lackOf('reference', definition.requires(reference, settings));
}

/** Says how much more is needed; NaN is less than any need. */
function lackOf(where: string, required: readonly Requirement[]): string | undefined {
  const short = required.find(({ have, need }) => !(have >= need));
  if (short === undefined) return undefined;
  const have = finiteOrZero(short.have);
  const more = sayCount(Math.ceil(short.need - have));
  // Effective numbers are parts of one.
  const whole = Math.floor(have);
  const held = whole === 0 ? `no ${short.what}` : `only ${sayCount(whole)} ${short.what}`;
  return `the ${where} holds ${held}, ${more} more are needed`;
}

interface HeldMeasurement extends Measurement {
  /** Where the limit comes from, when a word says it better than the number. */
  readonly because?: string;
}

/** The measurement with the limit that it is held to, and which rule gave it: the setting, noise, or the reference itself. */
function holdTo(
  measured: Measurement,
  chosen: Readonly<Record<string, number>>,
  own: OwnLimit | undefined,
): HeldMeasurement {
  if (own !== undefined && own.limit > measured.limit) {
    const details = { ...measured.details, limit_from: 'the reference' };
    return { ...measured, limit: own.limit, because: own.says, details };
  }
  const { limit } = chosen;
  if (limit === undefined) return measured;
  const isSetting = Math.abs(measured.limit - limit) <= 1e-9 * limit;
  return { ...measured, details: { ...measured.details, limit_from: isSetting ? 'the setting' : 'sampling noise' } };
}

function decide<N extends Need, Declared extends Record<string, Setting>>(
  { statistic, fails, say, kind }: Definition<N, Declared>,
  measured: HeldMeasurement,
  count: number,
): Judgement {
  const { statistic: value, limit, because, seen, details } = measured;
  if (!Number.isFinite(value) || !Number.isFinite(limit)) {
    return insufficient(`${statistic} cannot be told from this data`, count);
  }
  const failed = fails === 'above' ? value > limit : value < limit;
  const interval = measured.interval?.every(Number.isFinite) ? measured.interval : undefined;
  const side = value > limit ? 'above' : value < limit ? 'below' : 'at';
  const source = because === undefined ? '' : ` (${because})`;
  const sure = failed && interval ? ` (95 % interval ${say(interval[0])} to ${say(interval[1])})` : '';
  const told = `${statistic} is ${say(value)}${sure}, ${side} the limit of ${say(limit)}${source}`;
  const clauses = seen === undefined ? [told] : [told, seen];
  return {
    state: failed ? 'fail' : 'pass',
    statistic: value,
    limit,
    // What went wrong comes first; what accuracy was before is said of the figure, and follows it.
    reason: (failed && kind !== 'accuracy' ? clauses.toReversed() : clauses).join('; '),
    count,
    ...(interval && { interval }),
    ...(details && { details }),
  };
}

function insufficient(reason: string, count: number): Judgement {
  return { state: 'insufficient', statistic: null, limit: null, reason, count };
}

function finiteOrZero(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
