import { noEvidence, type Latencies, type Outcomes, type SliceEvidence } from '../../shadow/gate/evidence.ts';

/** Steps of a difference of scores in one unit; rounding is up or down at random by the id, so that the mean stays. */
export const STEPS = 256;

/** Steps of a weight in one unit, rounded likewise. */
export const WEIGHT_STEPS = 4;

/** A labelled outcome and its weight in one number: the weight's steps times this, plus the harm's, moved above zero. */
export const WEIGHT_PLACE = 1024;

/** Columns of one slice; counts are 0 where a statement does not ask for them. */
export interface EvidenceRow {
  readonly slice: string;
  readonly events: number;
  readonly error_plus: number;
  readonly error_minus: number;
  readonly decided: number;
  readonly decline_plus: number;
  readonly decline_minus: number;
  readonly lack_plus: number;
  readonly lack_minus: number;
  readonly shifts: Readonly<Record<string, number>>;
  readonly control_latencies: Readonly<Record<string, number>>;
  readonly candidate_latencies: Readonly<Record<string, number>>;
  readonly missed: Readonly<Record<string, number>>;
  readonly false_declines: Readonly<Record<string, number>>;
  readonly losses: Readonly<Record<string, number>>;
}

/**
 * Counts of one slice as the gate takes them.
 * @param paired both answers are to the same prediction, as in shadow
 */
export function sliceEvidence(row: Partial<EvidenceRow> & Pick<EvidenceRow, 'slice'>, paired: boolean): SliceEvidence {
  const declines = signs(row.decided, row.decline_plus, row.decline_minus);
  const flips = (row.decline_plus ?? 0) + (row.decline_minus ?? 0);
  return {
    slice: row.slice,
    events: row.events ?? 0,
    outcomes: {
      errors: signs(row.events, row.error_plus, row.error_minus),
      decision_rate: declines,
      decline_rate: declines,
      flips: paired ? signs(row.decided, flips, 0) : [],
      score_shift: counted(row.shifts).map(([step, count]) => [step / STEPS, count] as const),
      missed_fraud: weights(row.missed),
      false_declines: weights(row.false_declines),
      loss: weights(row.losses),
      data_quality: paired ? [] : signs(row.events, row.lack_plus, row.lack_minus),
    },
    latency: { control: counted(row.control_latencies), candidate: counted(row.candidate_latencies) },
  };
}

/** The same of models that tell classes apart. */
export interface ClassEvidenceRow extends Pick<
  EvidenceRow,
  | 'slice'
  | 'events'
  | 'error_plus'
  | 'error_minus'
  | 'lack_plus'
  | 'lack_minus'
  | 'control_latencies'
  | 'candidate_latencies'
  | 'losses'
> {
  /** From which class to which, as JSON. */
  readonly changes: Readonly<Record<string, number>>;
  readonly wrong: Readonly<Record<string, number>>;
  /** Total variation distances, in steps. */
  readonly distances: Readonly<Record<string, number>>;
}

/** Counts of one slice of models that tell classes apart. */
export function classSliceEvidence(
  row: Partial<ClassEvidenceRow> & Pick<ClassEvidenceRow, 'slice'>,
  paired: boolean,
): SliceEvidence {
  const changes = Object.entries(row.changes ?? {}).map(([classes, count]) => {
    const [from, to] = JSON.parse(classes) as [string, string];
    return [from, to, count] as const;
  });
  const decided = changes.reduce((sum, [, , count]) => sum + count, 0);
  const flips = changes.reduce((sum, [from, to, count]) => sum + (from === to ? 0 : count), 0);
  const { slice, outcomes, ...rest } = noEvidence(row.slice);
  return {
    ...rest,
    slice,
    events: row.events ?? 0,
    outcomes: {
      ...outcomes,
      errors: signs(row.events, row.error_plus, row.error_minus),
      flips: paired ? signs(decided, flips, 0) : [],
      loss: weights(row.losses),
      data_quality: paired ? [] : signs(row.events, row.lack_plus, row.lack_minus),
    },
    classes: {
      changes,
      wrong: weights(row.wrong),
      distances: counted(row.distances).map(([step, count]) => [step / STEPS, count] as const),
    },
    latency: { control: counted(row.control_latencies), candidate: counted(row.candidate_latencies) },
  };
}

function weights(map: Readonly<Record<string, number>> | undefined): Outcomes {
  return counted(map).map(([code, count]) => {
    const weight = Math.floor(code / WEIGHT_PLACE) / WEIGHT_STEPS;
    const harm = ((code % WEIGHT_PLACE) - WEIGHT_PLACE / 2) / STEPS;
    return weight === 1 ? ([harm, count] as const) : ([harm, count, weight] as const);
  });
}

function signs(events = 0, plus = 0, minus = 0): Outcomes {
  const all = [
    [-1, minus],
    [0, events - plus - minus],
    [1, plus],
  ] as const;
  return all.filter(([, count]) => count > 0);
}

function counted(map: Readonly<Record<string, number>> = {}): Latencies {
  return Object.entries(map)
    .map(([key, count]) => [Number(key), count] as const)
    .sort(([a], [b]) => a - b);
}
