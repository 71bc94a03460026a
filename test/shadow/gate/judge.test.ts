import { describe, expect, it } from 'vitest';
import { latencyCode } from '../../../shadow/gate/latency-bins.ts';
import type { Check, Guardrail, GuardrailName } from '../../../detectors/terms.ts';
import { checkEach, type SharedTerms } from '../../../shadow/gate/check.ts';
import {
  noEvidence,
  type Evidence,
  type Latencies,
  type MeanGuardrail,
  type Outcomes,
  type SliceEvidence,
} from '../../../shadow/gate/evidence.ts';
import { GUARDRAIL_NAMES, GUARDRAILS } from '../../../shadow/gate/guardrails.ts';
import { decide, GATE_METHOD, judge, judgeGivingWay, type GateInputs } from '../../../shadow/gate/judge.ts';
import { fewestEvents, type CheckTerms } from '../../../shadow/gate/source-check.ts';

const HOUR = 3_600_000;

function guardrail(
  name: GuardrailName,
  slices: readonly string[] = ['all'],
  margin = GUARDRAILS[name].margin,
): Guardrail {
  return { name, margin, slices, watched: [], required: GUARDRAILS[name].required };
}

/** A slice in which `name` showed these harms, with as many pairs. */
function shown(name: MeanGuardrail, outcomes: Outcomes, slice = 'all'): SliceEvidence {
  const nothing = noEvidence(slice);
  const events = outcomes.reduce((sum, [, count]) => sum + count, 0);
  if (name === 'class_shift') return { ...nothing, events, classes: { changes: [], wrong: [], distances: outcomes } };
  if (name === 'wrong_class') return { ...nothing, events, classes: { changes: [], wrong: outcomes, distances: [] } };
  return { ...nothing, events, outcomes: { ...nothing.outcomes, [name]: outcomes } };
}

function inputs(changes: Partial<GateInputs> = {}): GateInputs {
  return {
    method: GATE_METHOD,
    alpha: 0.05,
    stages: 1,
    largestWeight: 1,
    minimumDurationMs: 0,
    guardrails: [guardrail('decline_rate')],
    minimumEvents: 500,
    maximumDurationMs: 24 * HOUR,
    openedAt: 0,
    asOf: HOUR,
    evidence: { shadow: [], live: [] },
    qualityFailures: [],
    earlier: null,
    ...changes,
  };
}

/** What the checks share, with alpha at 0.05. */
function terms(guardrails: readonly Guardrail[]): SharedTerms {
  return { guardrails, alpha: 0.05, stages: 1, largestWeight: 1 };
}

function timed(ms: number): Latencies {
  return [[latencyCode(ms), 1000]];
}

const STATES: readonly Check['state'][] = ['safe', 'harmful', 'undecided', 'insufficient'];

function check(state: Check['state'], name: string): Check {
  const eventsNeeded = state === 'undecided' || state === 'insufficient' ? 100 : 0;
  return {
    name,
    slice: 'all',
    harm: 0,
    margin: 1,
    interval: null,
    eValue: 1,
    events: 10,
    eventsNeeded,
    state,
    reason: `${name} ${state}`,
  };
}

describe('the verdict', () => {
  it('follows the rule for every combination of two checks, data quality, events and time', () => {
    let seen = 0;
    for (const first of STATES)
      for (const second of STATES)
        for (const isDirty of [false, true])
          for (const isEnough of [false, true])
            for (const isOver of [false, true]) {
              const states = [first, second];
              const answer = decide([check(first, 'a'), check(second, 'b')], isEnough ? 500 : 499, {
                ...inputs({ asOf: isOver ? 24 * HOUR : 24 * HOUR - 1 }),
                qualityFailures: isDirty ? ['amount is missing'] : [],
              });
              const waits = isOver ? 'inconclusive' : 'hold';
              const clean = states.includes('harmful')
                ? 'rollback'
                : states.every((state) => state === 'safe') && isEnough
                  ? 'promote'
                  : waits;
              expect({ states, isDirty, isEnough, isOver, verdict: answer.verdict }).toEqual({
                states,
                isDirty,
                isEnough,
                isOver,
                verdict: isDirty ? waits : clean,
              });
              expect(answer.reasons.length).toBeGreaterThan(0);
              seen++;
            }
    expect(seen).toBe(128);
  });

  it('never promotes on no checks', () => {
    expect(decide([], 1e6, inputs()).verdict).toBe('hold');
  });

  it('is the same when the inputs have been written down as JSON and read again', () => {
    const told = inputs({
      guardrails: GUARDRAIL_NAMES.map((name) => guardrail(name, ['all', 'region=EU'])),
      evidence: {
        shadow: [
          shown('decline_rate', [
            [-1, 3],
            [0, 900],
            [1, 11],
          ]),
        ],
        live: [
          shown('errors', [
            [0, 30],
            [1, 9],
          ]),
        ],
      },
      earlier: { asOf: 0, events: 12, checks: [{ name: 'decline_rate', slice: 'all', events: 9 }] },
    });
    const read: GateInputs = JSON.parse(JSON.stringify(told));
    const again = judge(read);
    expect(again).toEqual(judge(told));
    expect(JSON.parse(JSON.stringify(again))).toEqual(again);
  });

  it('says how many events are missing and when they will be there', () => {
    const evidence: Evidence = {
      shadow: [
        shown('decline_rate', [
          [-1, 5],
          [0, 390],
          [1, 5],
        ]),
      ],
      live: [],
    };
    const earlier = { asOf: 0, events: 300, checks: [{ name: 'decline_rate', slice: 'all', events: 300 }] };
    const answer = judge(inputs({ evidence, earlier }));
    const needed = answer.checks[0]?.eventsNeeded ?? 0;
    expect(answer.verdict).toBe('hold');
    expect(answer.reasons[0]).toBe(
      '400 of at least 500 events; 100 more needed, in about 60 minutes at the present rate',
    );
    expect(answer.reasons[1]).toContain(`about ${needed} more needed, in about`);
    // Growing the same events by that many decides, a tenth less does not.
    const grown = (events: number): Check['state'] | undefined => {
      const times = (400 + events) / 400;
      const outcomes: Outcomes = [
        [-1, 5 * times],
        [0, 390 * times],
        [1, 5 * times],
      ];
      return one({ shadow: [shown('decline_rate', outcomes)], live: [] }).state;
    };
    expect(grown(needed)).toBe('safe');
    expect(grown(needed * 0.9)).toBe('undecided');
  });
});

/** The check of one guardrail in the slice of all. */
function one(evidence: Evidence, name: GuardrailName = 'decline_rate'): Check {
  const [first] = checkEach(terms([guardrail(name)]), evidence);
  if (first === undefined) throw new Error('no check');
  return first;
}

function without(events: number): Check {
  return one({ shadow: [shown('decline_rate', [[0, events]])], live: [] });
}

function termsOf(margin: number): CheckTerms {
  return { margin, alphas: { harmful: 0.025, safe: 0.025 }, largestWeight: 1 };
}

function timedBoth(events: number): Check['state'] {
  const latencies: Latencies = [[latencyCode(100), events]];
  const slice = { ...noEvidence('all'), latency: { control: latencies, candidate: latencies } };
  return one({ shadow: [slice], live: [] }, 'latency_p95').state;
}

describe('checks', () => {
  it('are insufficient without events, for every guardrail, with a number of events to come', () => {
    for (const name of GUARDRAIL_NAMES) {
      const found = one({ shadow: [], live: [] }, name);
      expect(found).toMatchObject({ state: 'insufficient', harm: null, interval: null, eValue: null, events: 0 });
      expect(found.eventsNeeded).toBeGreaterThan(10);
      expect(found.reason).toMatch(
        GUARDRAILS[name].required ? /cannot be judged over 0 .*; about [\d,]+ more needed/ : /does not wait for it/,
      );
    }
  });

  it('call a candidate that never differs safe from the promised number of events on, and not one event earlier', () => {
    const fewest = fewestEvents('decline_rate', termsOf(0.02));
    expect(without(fewest).state).toBe('safe');
    expect(without(fewest - 1)).toMatchObject({ state: 'insufficient', eventsNeeded: 1 });
  });

  it('need as many latencies as are promised, and not one less', () => {
    const fewest = fewestEvents('latency_p95', termsOf(0.25));
    expect(fewest).toBeLessThan(250);
    expect([timedBoth(fewest - 1), timedBoth(fewest)]).toEqual(['insufficient', 'safe']);
  });

  it('tell harm in the slice where it is, and share alpha over slices', () => {
    const harm: Outcomes = [
      [0, 170],
      [1, 30],
    ];
    const slices = ['all', 'region=EU', 'region=US'];
    const evidence: Evidence = {
      shadow: [
        shown('decline_rate', [
          [0, 9970],
          [1, 30],
        ]),
        shown('decline_rate', harm, 'region=US'),
      ],
      live: [],
    };
    const found = [...checkEach(terms([guardrail('decline_rate', slices)]), evidence)];
    expect(found.map(({ slice, state }) => [slice, state])).toEqual([
      ['all', 'safe'],
      ['region=EU', 'insufficient'],
      ['region=US', 'harmful'],
    ]);
    const [alone] = checkEach(terms([guardrail('decline_rate', ['region=US'])]), evidence);
    expect(alone?.eValue).toBe(found[2]?.eValue);
    expect(alone?.interval?.[0]).toBeGreaterThan(found[2]?.interval?.[0] ?? 1);
  });

  it('do not wait for a watched slice, unless it points to harm, and roll back where it is harmful', () => {
    const watched: Guardrail = {
      ...guardrail('decline_rate', ['all', 'region=EU', 'region=US']),
      watched: ['region=US'],
    };
    const quiet: Outcomes = [[0, 10_000]];
    const judged = (inUs: Outcomes, inEu = quiet) =>
      judge(
        inputs({
          guardrails: [watched],
          evidence: {
            shadow: [
              shown('decline_rate', quiet),
              shown('decline_rate', inEu, 'region=EU'),
              shown('decline_rate', inUs, 'region=US'),
            ],
            live: [],
          },
        }),
      );
    expect(judged([[0, 20]])).toMatchObject({ verdict: 'promote', reasons: [expect.stringMatching(/^2 of 3 checks/)] });
    expect(judged([[0, 20]]).checks[2]?.reason).toContain('does not wait for it');
    // What is named as required is waited for however little came.
    expect(judged([[0, 20]], [[0, 20]]).verdict).toBe('hold');
    const pointing = judged([
      [0, 34],
      [1, 6],
    ]);
    expect(pointing.checks[2]?.eValue).toBeGreaterThan(4);
    expect(pointing.checks[2]?.state).not.toBe('harmful');
    expect(pointing).toMatchObject({
      verdict: 'hold',
      reasons: [expect.stringMatching(/^in region=US .* points to harm, so the promotion waits for it/)],
    });
    const harmful = judged([
      [0, 170],
      [1, 30],
    ]);
    expect(harmful).toMatchObject({ verdict: 'rollback', reasons: [expect.stringContaining('region=US')] });
  });

  it('give the same answer a check at a time, and give way after each', async () => {
    const evidence = {
      shadow: [
        shown(
          'decline_rate',
          [
            [0, 9000],
            [1, 5],
          ],
          'region=EU',
        ),
      ],
      live: [],
    } as const;
    const asked = inputs({
      guardrails: [guardrail('decline_rate', ['all', 'region=EU']), guardrail('errors')],
      evidence,
    });
    let ways = 0;
    expect(await judgeGivingWay(asked, async () => void ways++)).toEqual(judge(asked));
    expect(ways).toBe(3);
  });

  it('hear a burning canary through a large quiet replay', () => {
    const quiet = shown('decline_rate', [[0, 100_000]]);
    const found = one({
      shadow: [quiet],
      live: [
        shown('decline_rate', [
          [0, 80],
          [1, 20],
        ]),
      ],
    });
    expect(found).toMatchObject({ state: 'harmful', events: 100 });
    expect(found.reason).toContain('live: surely worse');
    // Not yet sure, but pointing to harm: no promotion.
    const smoking = one({
      shadow: [quiet],
      live: [
        shown('decline_rate', [
          [0, 388],
          [1, 12],
        ]),
      ],
    });
    expect(smoking).toMatchObject({ state: 'undecided', events: 400 });
    // A handful says nothing.
    expect(
      one({
        shadow: [quiet],
        live: [
          shown('decline_rate', [
            [0, 10],
            [1, 1],
          ]),
        ],
      }).state,
    ).toBe('safe');
  });

  it('read as a sentence with numbers and units', () => {
    expect(
      one({
        shadow: [
          shown('decline_rate', [
            [-1, 10],
            [0, 9000],
            [1, 990],
          ]),
        ],
        live: [],
      }).reason,
    ).toMatch(
      /^the share of declines changed by \+9\.8 points \(between \+8\.\d and \+1[01]\) over 10,000 pairs in shadow: surely worse than the accepted \+2 points$/,
    );
    const slow = { ...noEvidence('all'), latency: { control: timed(100), candidate: timed(200) } };
    expect(one({ shadow: [], live: [slow] }, 'latency_p95').reason).toMatch(
      /^the 95th percentile of latency changed by \+100 % \(between \+\d+ and \+\d+\) over 1,000 timed predictions live: surely worse than the accepted \+25 %$/,
    );
  });

  it('call a candidate of microseconds safe, three times as slow or not', () => {
    const found = one(
      { shadow: [{ ...noEvidence('all'), latency: { control: timed(0.03), candidate: timed(0.09) } }], live: [] },
      'latency_p95',
    );
    expect(found).toMatchObject({ state: 'safe', events: 1000 });
  });
});
