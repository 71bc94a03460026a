import { describe, expect, it } from 'vitest';
import { defineDetector, type Measurement, type Unmeasurable } from '../../detectors/define-detector.ts';
import { Bins } from '../../detectors/maths/bins.ts';
import type { Durations } from '../../detectors/terms.ts';

const window: Durations = { count: 1000, errors: 0, bins: Bins.none };

/** How a detector judges that measures just this. */
function judgeOf(measured: Measurement | Unmeasurable, fails: 'above' | 'below' = 'above') {
  const detector = defineDetector({
    name: 'tried',
    title: 'Only tried',
    kind: 'latency',
    subject: 'operation',
    needs: 'durations',
    values: 'any',
    comparesWithReference: true,
    fails,
    failsWhen: 'told to',
    statistic: 'the thing',
    say: String,
    settings: {},
    requires: ({ count }) => [{ what: 'spans', have: count, need: 1000 }],
    measure: () => measured,
  });
  return (reference: Durations | null, judged: Durations) => detector.judge(reference, judged, {});
}

describe('what every detector shares', () => {
  it.each([
    ['above', 0.3, 'fail'],
    ['above', 0.2, 'pass'],
    ['above', 0.1, 'pass'],
    ['below', 0.3, 'pass'],
    ['below', 0.2, 'pass'],
    ['below', 0.1, 'fail'],
  ] as const)('is harmful %s the limit of 0.2: %d is a %s', (fails, statistic, state) => {
    const judge = judgeOf({ statistic, limit: 0.2, seen: 'it moved' }, fails);
    const side = statistic > 0.2 ? 'above' : statistic < 0.2 ? 'below' : 'at';
    const told = `the thing is ${statistic}, ${side} the limit of 0.2`;
    expect(judge(window, window)).toEqual({
      state,
      statistic,
      limit: 0.2,
      reason: state === 'fail' ? `it moved; ${told}` : `${told}; it moved`,
      count: 1000,
    });
  });

  it('says how sure it is of what failed', () => {
    const judge = judgeOf({ statistic: 0.3, limit: 0.2, interval: [0.25, 0.35] });
    expect(judge(window, window).reason).toBe('the thing is 0.3 (95 % interval 0.25 to 0.35), above the limit of 0.2');
  });

  it.each([
    [NaN, 0.2],
    [0.2, NaN],
    [Infinity, 0.2],
    [0.1, -Infinity],
  ])('never lets a number that is not finite pass or fail: statistic %d, limit %d', (statistic, limit) => {
    expect(judgeOf({ statistic, limit })(window, window)).toEqual({
      state: 'insufficient',
      statistic: null,
      limit: null,
      reason: 'the thing cannot be told from this data',
      count: 1000,
    });
  });

  it('leaves an interval out that is not finite', () => {
    const judge = judgeOf({ statistic: 1, limit: 2, interval: [0, NaN] });
    expect(judge(window, window)).not.toHaveProperty('interval');
  });

  it.each([
    [{ ...window, count: 860 }, 'the window holds only 860 spans, 140 more are needed'],
    [{ ...window, count: 0 }, 'the window holds no spans, 1,000 more are needed'],
    [{ ...window, count: 35.120304844855745 }, 'the window holds only 35 spans, 965 more are needed'],
    [{ ...window, count: 0.4 }, 'the window holds no spans, 1,000 more are needed'],
    [{ ...window, count: NaN }, 'the window holds no spans, 1,000 more are needed'],
  ])('asks for more before any arithmetic', (small, reason) => {
    const judge = judgeOf({ statistic: 1, limit: 2 });
    expect(judge(window, small)).toMatchObject({ state: 'insufficient', statistic: null, reason });
    expect(judge(small, window).reason).toBe(reason.replace('window', 'reference'));
  });

  it('asks for a reference, and passes on what a detector says it cannot tell', () => {
    const judge = judgeOf({ insufficient: 'it is foggy' });
    expect(judge(null, window).reason).toBe('there is no reference yet');
    expect(judge(window, window)).toMatchObject({ state: 'insufficient', reason: 'it is foggy', count: 1000 });
  });
});
