import type { Guardrail, Slice, Verdict } from '../../../detectors/terms.ts';
import { noEvidence, type SliceEvidence } from '../../../shadow/gate/evidence.ts';
import { GUARDRAIL_NAMES, GUARDRAILS } from '../../../shadow/gate/guardrails.ts';
import { GATE_METHOD, judge } from '../../../shadow/gate/judge.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { Pairs } from './pairs.ts';
import { ALPHA } from './simulate-shares.ts';
import { drawLatency, Timings } from './timings.ts';

/** A canary as a whole: which harm it has, and how its rollouts ended. */
export interface Story {
  readonly name: string;
  readonly runs: number;
  readonly rolledBack: number;
  readonly promoted: number;
  /** Events until the verdict, of the runs that got one; NaN when none did. */
  readonly medianEvents: number;
}

export interface Harm {
  readonly name: string;
  /** More errors, in all traffic or in a slice of 5 % of it. */
  readonly errors?: number;
  readonly errorsInSlice?: number;
  /** A share of the requests takes ten times as long. */
  readonly slowShare?: number;
}

const SLICES: readonly Slice[] = ['all', ...Array.from({ length: 20 }, (_, at) => `region=R${at}`)];
const STEP = 8000;
const RATE = 0.005;

/** Rollouts with errors judged in twenty slices and latency at p95 and p99: what a pipeline would have heard. */
export function simulateRollouts(harm: Harm, runs: number, looks: number): Story {
  const verdicts: Verdict[] = [];
  const events: number[] = [];
  for (let run = 0; run < runs; run++) {
    const [verdict, seen] = oneRollout(harm, looks, run);
    verdicts.push(verdict);
    if (verdict !== 'hold') events.push(seen);
  }
  const share = (wanted: Verdict): number => verdicts.filter((verdict) => verdict === wanted).length / runs;
  const middle = events.toSorted((a, b) => a - b)[Math.floor(events.length / 2)] ?? NaN;
  return { name: harm.name, runs, rolledBack: share('rollback'), promoted: share('promote'), medianEvents: middle };
}

function oneRollout(harm: Harm, looks: number, run: number): readonly [Verdict, number] {
  const random = randomFrom(run * 6151 + 17);
  const slices = SLICES.slice(1).map((_, at) => {
    const more = (harm.errors ?? 0) + (at === 3 ? (harm.errorsInSlice ?? 0) : 0);
    return new Pairs({ worse: RATE + more, better: RATE, both: 0 }, random);
  });
  const [control, candidate] = [new Timings(), new Timings()];
  for (let look = 1; look <= looks; look++) {
    for (const slice of slices) slice.add(STEP / slices.length);
    for (let n = 0; n < STEP; n++) {
      control.add(drawLatency(random, 0));
      candidate.add(drawLatency(random, 0) * (random() < (harm.slowShare ?? 0) ? 10 : 1));
    }
    const verdict = verdictOn(slices, control, candidate, look);
    if (verdict !== 'hold') return [verdict, look * STEP];
  }
  return ['hold', looks * STEP];
}

function verdictOn(slices: readonly Pairs[], control: Timings, candidate: Timings, look: number): Verdict {
  const sum = (of: (pairs: Pairs) => number): number => slices.reduce((total, pairs) => total + of(pairs), 0);
  const [better, worse] = [sum((pairs) => pairs.better), sum((pairs) => pairs.worse)];
  const whole: SliceEvidence = {
    ...errorsOf('all', [
      [-1, better],
      [0, look * STEP - better - worse],
      [1, worse],
    ]),
    latency: { control: control.latencies, candidate: candidate.latencies },
  };
  const parts = slices.map((pairs, at) => errorsOf(SLICES[at + 1] ?? '', pairs.outcomes));
  const guardrails = GUARDRAIL_NAMES.filter((name) => ['errors', 'latency_p95', 'latency_p99'].includes(name)).map(
    (name): Guardrail => {
      const { margin } = GUARDRAILS[name];
      return { name, margin, slices: name === 'errors' ? SLICES : ['all'], watched: [], required: true };
    },
  );
  return judge({
    method: GATE_METHOD,
    alpha: ALPHA,
    guardrails,
    minimumEvents: 500,
    minimumDurationMs: 0,
    maximumDurationMs: Infinity,
    stages: 1,
    largestWeight: 1,
    openedAt: 0,
    asOf: look,
    evidence: { shadow: [], live: [whole, ...parts] },
    qualityFailures: [],
    earlier: null,
  }).verdict;
}

function errorsOf(slice: Slice, errors: SliceEvidence['outcomes']['errors']): SliceEvidence {
  const nothing = noEvidence(slice);
  const events = errors.reduce((sum, [, count]) => sum + count, 0);
  return { ...nothing, events, outcomes: { ...nothing.outcomes, errors } };
}
