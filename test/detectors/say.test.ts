import { describe, expect, it } from 'vitest';
import { sayCount, sayDuration, sayFinding, sayMove, sayNumber, sayRatio, sayShare } from '../../detectors/say.ts';

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
    expect(sayShare(1.7e307)).toBe('1.7e+307x');
    expect(sayRatio(102)).toBe('102x');
    expect(sayCount(1_000_000)).toBe('1,000,000');
    expect(sayDuration(41.26)).toBe('41.3 ms');
    expect(sayDuration(4180)).toBe('4.18 s');
  });
});

describe('sentences', () => {
  it('say how a figure moved, and the ratio where it is notable', () => {
    expect(sayMove('the median', 41.2, 4040)).toBe('the median is 98.1x the reference (41.2 to 4,040)');
    expect(sayMove('the median', 40, 20)).toBe('the median is 0.5x the reference (40 to 20)');
    expect(sayMove('the median', 40, 50)).toBe('the median moved from 40 to 50');
    expect(sayMove('the median', 0, 50)).toBe('the median moved from 0 to 50');
    expect(sayMove('the median', -40, 50)).toBe('the median moved from -40 to 50');
  });

  it('say where something was found', () => {
    const found = { subject: 'amount', slice: 'region=EU', reason: 'the median is 98x the reference' };
    expect(sayFinding(found)).toBe('amount in region=EU: the median is 98x the reference');
    expect(sayFinding({ ...found, subject: '', slice: 'all' })).toBe('the model: the median is 98x the reference');
  });
});
