import type { Parameters } from './engine.ts';

/** What a label that has come by an age stands for: 1 / the share of such labels that come by it. */
export interface DelayWeights {
  /** Of equal width, from age 0 to the maturity, by slice. */
  readonly bySlice: ReadonlyMap<
    string,
    { readonly positives: readonly number[]; readonly negatives: readonly number[] }
  >;
}

const STEP = `least({steps:UInt32}, 1 + intDiv(greatest(0, {now:Int64} - toUnixTimestamp64Milli(made_at)) * {steps:UInt32}, {maturity:Int64}))`;

/** SQL of the weight of a label by the age of its prediction; a slice without a curve of its own has that of all, or none. */
export function standsFor(side: 'positives' | 'negatives'): string {
  const curve = `indexOf({curves:Array(String)}, if(has({curves:Array(String)}, slice), slice, 'all'))`;
  return `greatest(1, {${side}Weights:Array(Array(Float64))}[${curve}][${STEP}])`;
}

/** What `standsFor` is bound to. */
export function delayParameters(
  weights: DelayWeights | undefined,
  { now, rules }: { readonly now: number; readonly rules: { readonly maturityMs: number } },
): Parameters {
  const bySlice: DelayWeights['bySlice'] = weights?.bySlice ?? new Map();
  const [first] = bySlice.values();
  const of = (side: 'positives' | 'negatives') => [...bySlice.values()].map((known) => [...known[side]]);
  return {
    now,
    maturity: Math.max(1, rules.maturityMs),
    steps: first?.positives.length ?? 1,
    // As lists: a map has no literal, and a value beside its statement holds up the statements of others.
    curves: [...bySlice.keys()],
    positivesWeights: of('positives'),
    negativesWeights: of('negatives'),
  };
}
