import { describe, expect, it } from 'vitest';
import { rankFindings } from '../../../daemon/compose/rank-findings.ts';
import { finding } from '../alerts/example-finding.ts';

describe('findings as the API lists them', () => {
  it('keep the newest window first, and within a window come by impact', () => {
    const hour = (from: number, subject: string) =>
      finding({ id: `${subject}-${from}`, subject, window: { from, to: from + 1 } });
    const size: Readonly<Record<string, number>> = { small: 0.1, large: 0.6 };
    const found = rankFindings(
      [hour(2, 'other'), hour(2, 'small'), hour(2, 'large'), hour(1, 'small'), hour(1, 'large')],
      ({ subject }) =>
        size[subject] === undefined
          ? undefined
          : { share: 1, scoreShift: size[subject], rows: 9, isInput: true, flips: null },
    );
    expect(found.map(({ id }) => id)).toEqual(['other-2', 'large-2', 'small-2', 'large-1', 'small-1']);
    expect(found[1]?.impact?.scoreShift).toBe(0.6);
  });
});
