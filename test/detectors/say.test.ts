import { describe, expect, it } from 'vitest';
import { sayCount, sayDuration, sayNumber, sayRatio, sayShare } from '../../detectors/say.ts';

describe('numbers in sentences', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [0.83, '0.83'],
    [0.834_56, '0.835'],
    [41, '41'],
    [41.26, '41.3'],
    [999.6, '1,000'],
    [4180, '4,180'],
    [-4180.4, '-4,180'],
    [1_234_567, '1,234,567'],
    [1.2e30, '1.2e+30'],
    [1e308, '1e+308'],
    [1.2e-200, '1.2e-200'],
    [5e-324, '0'],
  ])('%d is "%s"', (number, said) => {
    expect(sayNumber(number)).toBe(said);
  });

  it('have their unit', () => {
    expect(sayShare(0.053)).toBe('5.3 %');
    expect(sayRatio(102)).toBe('102x');
    expect(sayCount(1_000_000)).toBe('1,000,000');
    expect(sayDuration(41.26)).toBe('41.3 ms');
    expect(sayDuration(4180)).toBe('4.18 s');
  });
});
