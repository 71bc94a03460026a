import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import type { Promised } from '../terms.ts';

/** Half of a published 95 % interval as a standard error; 0 where none was published. */
export function errorOfPromise({ interval }: Promised): number {
  return interval === undefined ? 0 : (interval[1] - interval[0]) / (2 * normalQuantile(0.975));
}

/** 95 % interval of how far an estimate lay from what came true, by the standard error of the difference: normal, none below 0. */
export function errorInterval(difference: number, standardError: number): readonly [number, number] {
  const half = normalQuantile(0.975) * standardError;
  return [Math.max(0, difference - half), difference + half];
}

/** Which estimate is held against what came true: the published one, or what is worked out now because none was. */
export function promiseDetails(promised: Promised | undefined): Record<string, number | string> {
  if (promised === undefined) return { estimate: 'worked out from the predictions with labels: none was published' };
  return {
    estimate: 'as published',
    published: promised.value,
    published_at: timeOf(promised.judgedAt),
    published_of: `${timeOf(promised.window.from)} to ${timeOf(promised.window.to)}`,
    published_finding: promised.finding,
  };
}

/**
 * What was promised, as a clause.
 * @param estimated of the predictions that have a label
 * @param by what promises now, where nothing was published, in the plural
 */
export function sayPromise(estimated: number, promised: Promised | undefined, by: string): string {
  if (promised === undefined) return `${by} promise ${sayNumber(estimated)}`;
  const was = `${sayNumber(promised.value)} was promised`;
  return estimated === promised.value ? was : `${was}, ${sayNumber(estimated)} of the predictions that have a label,`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
