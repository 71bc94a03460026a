import { ALL, type Guardrail, type Slice } from '../../detectors/terms.ts';
import { GUARDRAILS } from './guardrails.ts';

/** Chances of a wrong word that one check of one source may use up, over all looks. */
export interface Alphas {
  /** Of calling it harmful. */
  readonly harmful: number;
  /** Of calling it safe. */
  readonly safe: number;
}

/**
 * The part of alpha that one check of one source gets. The chance of any false rollback over the whole rollout is at most
 * alpha, because the parts of all checks, sources and stages make alpha (a weighted Bonferroni correction, valid under any
 * dependence): stages and guardrails have equal parts; in a guardrail all traffic has half and its other slices share
 * the other half, so that fifty slices do not blind the whole; sources have equal parts.
 *
 * Calling it safe needs no such part, because for a wrong promotion the very check that is harmful must have been called
 * safe (an intersection-union test); only its sources share.
 */
export function shareAlpha(
  alpha: number,
  stages: number,
  guardrails: readonly Guardrail[],
  guardrail: Guardrail,
  slice: Slice,
): Alphas {
  const sources = GUARDRAILS[guardrail.name].sources.length;
  const others = guardrail.slices.filter((one) => one !== ALL).length;
  const hasAll = others < guardrail.slices.length;
  const part = slice === ALL ? (others === 0 ? 1 : 0.5) : (hasAll ? 0.5 : 1) / others;
  return { harmful: (alpha * part) / (stages * guardrails.length * sources), safe: alpha / sources };
}
