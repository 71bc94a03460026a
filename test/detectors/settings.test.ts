import { describe, expect, it } from 'vitest';
import { psi } from '../../detectors/all.ts';
import { completeSettings } from '../../detectors/settings.ts';

describe('settings of a detector', () => {
  it('are its defaults, and what is given over them', () => {
    expect(completeSettings(psi, {})).toEqual({
      settings: { limit: 0.1, minimum_count: 200, chance: 1e-8 },
      problems: [],
    });
    expect(completeSettings(psi, { limit: 0.25 }).settings).toMatchObject({ limit: 0.25, minimum_count: 200 });
  });

  it('are refused when unknown, with the known ones named', () => {
    expect(completeSettings(psi, { limt: 0.2, constructor: 1 }).problems).toEqual([
      { setting: 'limt', message: 'psi has no setting "limt"; its settings are limit, minimum_count, chance' },
      { setting: 'constructor', message: expect.stringContaining('no setting "constructor"') },
    ]);
  });

  it.each([NaN, Infinity, -1, 1e9])('are refused when out of range: %d', (limit) => {
    const { settings, problems } = completeSettings(psi, { limit });
    expect(problems).toEqual([
      { setting: 'limit', message: `psi.limit is ${limit}; it must be a number from 0.001 to 100` },
    ]);
    expect(settings['limit']).toBe(0.1);
  });
});
