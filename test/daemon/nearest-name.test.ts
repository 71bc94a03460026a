import { describe, expect, it } from 'vitest';
import { nearestName } from '../../daemon/nearest-name.ts';

describe('the nearest name', () => {
  const detectors = ['burn_rate', 'ks', 'psi', 'roc_auc', 'score_drift'];

  it.each([
    ['a swap of two neighbours', 'pis', 'psi'],
    ['a swap at the start', 'usbject', 'subject'],
    ['a missing letter', 'burn_rat', 'burn_rate'],
    ['a letter too many', 'psii', 'psi'],
    ['a wrong letter', 'roc_auk', 'roc_auc'],
    ['another case', 'PSI', 'psi'],
    ['two letters swapped and one wrong', 'socre_drifd', 'score_drift'],
  ])('sees through %s', (_what, typed, meant) => {
    expect(nearestName(typed, [...detectors, 'subject'])).toBe(meant);
  });

  it('is none when every name is too far: a wrong guess is worse than none', () => {
    expect(nearestName('accuracy', detectors)).toBeUndefined();
    expect(nearestName('isp', ['psi'])).toBeUndefined();
    expect(nearestName('', detectors)).toBeUndefined();
    expect(nearestName('psi', [])).toBeUndefined();
  });

  it('is the first of two that are equally near', () => {
    expect(nearestName('bat', ['cat', 'rat'])).toBe('cat');
  });

  it('counts a swap as one edit even where two substitutions would do too', () => {
    expect(nearestName('abdc', ['abcd'])).toBe('abcd');
    expect(nearestName('abxy', ['abcd'])).toBeUndefined();
  });

  it('takes names that objects have of their own as names', () => {
    expect(nearestName('__porto__', ['__proto__', 'constructor'])).toBe('__proto__');
  });

  it('looks at the beginning alone of a name of a megabyte', () => {
    expect(nearestName('x'.repeat(1024 * 1024), [...detectors, 'x'.repeat(300)])).toBe('x'.repeat(300));
  });
});
