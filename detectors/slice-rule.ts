import { ALL, type Slice } from './terms.ts';

/** How a setting cuts slices: by the values of a tag or category, or by where a number lies. */
export type SliceRule =
  | { readonly kind: 'values'; readonly of: string }
  | { readonly kind: 'cut'; readonly of: string; readonly operator: Operator; readonly bound: number };

export type Operator = '<' | '<=' | '>' | '>=';

const CUT = /^([^<>=]+?)\s*(<=|>=|<|>)\s*(.+)$/;

/**
 * `region` cuts by the values of the tag, or else of the feature, of that name; `amount>=100` is the one slice of records
 * whose number lies there.
 * @returns undefined for a cut that names no feature or no finite number
 */
export function parseSliceRule(text: string): SliceRule | undefined {
  if (!/[<>]/.test(text)) return text === '' || text.includes('=') ? undefined : { kind: 'values', of: text };
  const [, of, operator, bound] = CUT.exec(text) ?? [];
  const number = bound === undefined || bound.trim() === '' ? NaN : Number(bound);
  if (of === undefined || !Number.isFinite(number)) return undefined;
  return { kind: 'cut', of: of.trim(), operator: operator as Operator, bound: number };
}

/** Whether a rule makes a slice of this name: `region` makes `region=EU`, `amount>=100` itself. */
export function makesSlice(text: string, slice: Slice): boolean {
  const rule = parseSliceRule(text);
  if (rule === undefined) return false;
  return rule.kind === 'cut' ? cutName(rule) === slice : slice.startsWith(`${rule.of}=`);
}

/** The rule that makes a slice of this name: `region` of `region=EU`, a cut of itself; undefined for all traffic. */
export function ruleOf(slice: Slice): string | undefined {
  if (slice === ALL) return undefined;
  return parseSliceRule(slice)?.kind === 'cut' ? slice : slice.slice(0, slice.indexOf('='));
}

/** The name of the slice that a cut makes: `amount>=100`, however it was written. */
export function cutName({ of, operator, bound }: Extract<SliceRule, { kind: 'cut' }>): string {
  return `${of}${operator}${bound}`;
}

/** Whether a number lies in the cut. */
export function isWithin({ operator, bound }: Extract<SliceRule, { kind: 'cut' }>, value: number): boolean {
  if (operator === '<') return value < bound;
  if (operator === '<=') return value <= bound;
  return operator === '>' ? value > bound : value >= bound;
}

/** Whether every record of one slice surely lies in the other: all traffic holds each, a cut the narrower ones of the same number. */
export function isSliceWithin(narrow: Slice, wide: Slice): boolean {
  if (wide === ALL || narrow === wide) return true;
  const [inner, outer] = [parseSliceRule(narrow), parseSliceRule(wide)];
  if (inner?.kind !== 'cut' || outer?.kind !== 'cut' || inner.of !== outer.of) return false;
  if (inner.operator.charAt(0) !== outer.operator.charAt(0)) return false;
  return inner.bound === outer.bound
    ? inner.operator === outer.operator || outer.operator.endsWith('=')
    : isWithin(outer, inner.bound);
}
