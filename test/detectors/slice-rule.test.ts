import { describe, expect, it } from 'vitest';
import {
  cutName,
  isSliceWithin,
  isWithin,
  makesSlice,
  parseSliceRule,
  ruleOf,
  type SliceRule,
} from '../../detectors/slice-rule.ts';

const cut = (text: string) => parseSliceRule(text) as Extract<SliceRule, { kind: 'cut' }>;

describe('what slices are cut by', () => {
  it('reads a tag or feature by its name, and a cut of a number', () => {
    expect(parseSliceRule('region')).toEqual({ kind: 'values', of: 'region' });
    expect(parseSliceRule('merchant tier')).toEqual({ kind: 'values', of: 'merchant tier' });
    expect(parseSliceRule('amount>=100')).toEqual({ kind: 'cut', of: 'amount', operator: '>=', bound: 100 });
    expect(parseSliceRule('amount < -2.5e3')).toEqual({ kind: 'cut', of: 'amount', operator: '<', bound: -2500 });
  });

  it.each(['', '>=1', 'amount>=', 'amount>=much', 'amount>=Infinity', 'region=EU', 'a<b<3', '1<amount<2'])(
    'refuses %j',
    (text) => {
      expect(parseSliceRule(text)).toBeUndefined();
    },
  );

  it('names a cut the same however it was written, and keeps its bound on the right side', () => {
    expect(cutName(cut('amount  >=  1e2'))).toBe('amount>=100');
    expect([99, 100, 101].map((value) => isWithin(cut('amount>=100'), value))).toEqual([false, true, true]);
    expect([99, 100, 101].map((value) => isWithin(cut('amount>100'), value))).toEqual([false, false, true]);
    expect([99, 100, 101].map((value) => isWithin(cut('amount<=100'), value))).toEqual([true, true, false]);
    expect([99, 100, 101].map((value) => isWithin(cut('amount<100'), value))).toEqual([true, false, false]);
    expect(isWithin(cut('amount>=100'), NaN)).toBe(false);
  });

  it.each(['region=EU', 'region=a=b', 'region=', 'device=old>2', 'amount>=100', 'amount<-2500'])(
    'finds the rule that makes %j',
    (slice) => {
      expect(makesSlice(ruleOf(slice) ?? '', slice)).toBe(true);
    },
  );

  it('makes all traffic by no rule', () => {
    expect(ruleOf('all')).toBeUndefined();
  });

  it.each([
    ['region=EU', 'all', true],
    ['all', 'region=EU', false],
    ['region=EU', 'region=US', false],
    ['amount>=100', 'amount>=50', true],
    ['amount>=100', 'amount>100', false],
    ['amount>100', 'amount>=100', true],
    ['amount<10', 'amount<=20', true],
    ['amount<20', 'amount<10', false],
    ['amount>=100', 'amount<200', false],
    ['age>=100', 'amount>=50', false],
  ])('says of %s whether it lies within %s: %s', (narrow, wide, within) => {
    expect(isSliceWithin(narrow, wide)).toBe(within);
  });
});
