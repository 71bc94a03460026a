import { cutName, isWithin, parseSliceRule, type SliceRule } from '../../../detectors/slice-rule.ts';
import { NUMBER, TEXT, type FeatureList } from '../records/feature-list.ts';
import type { PredictionDraft } from '../records/predictions.ts';

/** The slice that one rule puts records into. Records repeat their features in the same order: its place is tried first. */
export class SliceCutter {
  readonly #rule: SliceRule;
  readonly #name: string;
  #place = 0;

  constructor(rule: SliceRule) {
    this.#rule = rule;
    this.#name = rule.kind === 'cut' ? cutName(rule) : '';
  }

  /**
   * @param named the slice of a tag or category and its value
   * @returns undefined for a record that lies in no slice of the rule
   */
  cut({ tags, features }: PredictionDraft, named: (of: string, value: string) => string): string | undefined {
    const rule = this.#rule;
    if (rule.kind === 'cut') {
      const at = this.#find(features);
      if (at < 0 || features.kinds[at] !== NUMBER || !isWithin(rule, features.numbers[at]!)) return undefined;
      return this.#name;
    }
    for (const [tag, value] of tags) if (tag === rule.of) return named(tag, value);
    const at = this.#find(features);
    return at >= 0 && features.kinds[at] === TEXT ? named(rule.of, features.textAt(at)) : undefined;
  }

  #find(features: FeatureList): number {
    const { of } = this.#rule;
    if (this.#place < features.length && features.nameAt(this.#place) === of) return this.#place;
    for (let at = 0; at < features.length; at++) if (features.nameAt(at) === of) return (this.#place = at);
    return -1;
  }
}

/** Cutters of the settings of a model; what cannot be read was refused where it was set. */
export function sliceCutters(slices: readonly string[]): readonly SliceCutter[] {
  return slices.flatMap((text) => {
    const rule = parseSliceRule(text);
    return rule === undefined ? [] : [new SliceCutter(rule)];
  });
}
