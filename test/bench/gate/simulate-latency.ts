import { isSlower } from '../../../shadow/gate/latency.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { judgeByMannWhitney } from './mann-whitney.ts';
import { Z_90, Z_95 } from './normal-quantile.ts';
import { medianOf, type Row, type Setting } from './row.ts';
import { ALPHA, JUDGE_RUNS, LOOKS } from './simulate-shares.ts';
import { drawLatency, MEDIAN_MS, Timings } from './timings.ts';
import { TrueQuantile } from './true-quantile.ts';

export interface LatencySetting extends Setting {
  readonly quantile: 0.5 | 0.95 | 0.99;
}

/** Density of the standard normal at its quantiles: of ln(latency), whose standard deviation is 1. */
const DENSITY = { 0.5: 0.3989422804, 0.95: 0.1031356404, 0.99: 0.0266521422 } as const;

/** Quantiles of the standard normal, at which the density is taken. */
const NORMAL = { 0.5: 0, 0.95: 1.644853627, 0.99: 2.326347874 } as const;

/** Heavy-tailed latency (log-normal, sigma 1) of two arms, looked at 100 times, by every method on the same data. */
export function simulateLatency({ quantile, margin, times, runs }: LatencySetting): Row {
  // Variance of the difference of the logarithms of two sample quantiles, times the events of an arm.
  const variance = (2 * quantile * (1 - quantile)) / DENSITY[quantile] ** 2;
  const distance = Math.log((1 + 2 * margin) / (1 + margin));
  const fixedEvents = Math.ceil(((Z_95 + Z_90) ** 2 * variance) / distance ** 2);
  const step = Math.ceil((3 * fixedEvents) / LOOKS);
  const found = { gate: 0, repeated: 0, fixed: 0, judge: 0 };
  const events: number[] = [];
  for (let run = 0; run < runs; run++) {
    const random = randomFrom(run * 104_729 + Math.round(quantile * 100) * 7 + times);
    const [control, candidate] = [new Timings(), new Timings()];
    const points = { control: [] as number[], candidate: [] as number[] };
    const truth = new TrueQuantile(quantile, MEDIAN_MS * Math.exp(NORMAL[quantile]), margin);
    let gate = Infinity;
    let [repeated, fixed, judge] = [false, false, false];
    for (let look = 1; look <= LOOKS; look++) {
      const [theirs, ours] = [addLook(control, step, 0, random), addLook(candidate, step, times * margin, random)];
      theirs.forEach((ms, at) => truth.add(ms, ours[at] ?? NaN));
      const ratio = candidate.quantile(quantile) / control.quantile(quantile);
      const z = (accepted: number): number =>
        (Math.log(ratio) - Math.log1p(accepted)) / Math.sqrt(variance / candidate.count);
      if (gate === Infinity && truth.logCapital >= -Math.log(ALPHA)) {
        const question = { control: control.latencies, candidate: candidate.latencies, quantile, margin };
        if (isSlower(question, margin, ALPHA)) gate = candidate.count;
      }
      repeated ||= z(times === 0 ? 0 : margin) > Z_95;
      if (candidate.count >= fixedEvents && candidate.count - step < fixedEvents) fixed = z(margin) > Z_95;
      if (run < JUDGE_RUNS) {
        points.control.push(sampleQuantile(theirs, quantile));
        points.candidate.push(sampleQuantile(ours, quantile));
        if (!judge && look % 10 === 0) judge = judgeByMannWhitney(points.control, points.candidate) === 'High';
      }
      // Nothing is left to be seen.
      if (gate < Infinity && repeated && run >= JUDGE_RUNS && candidate.count >= fixedEvents) break;
    }
    events.push(gate);
    found.gate += Number(gate < Infinity) / runs;
    found.repeated += Number(repeated) / runs;
    found.fixed += Number(fixed) / runs;
    found.judge += Number(judge) / Math.min(runs, JUDGE_RUNS);
  }
  const name = `p${quantile * 100} of latency`;
  return { name, margin, times, runs, found, medianEvents: medianOf(events), fixedEvents };
}

function addLook(arm: Timings, count: number, slowdown: number, random: () => number): Float64Array {
  const values = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    values[at] = drawLatency(random, slowdown);
    arm.add(values[at] ?? 0);
  }
  return values;
}

function sampleQuantile(values: Float64Array, quantile: number): number {
  return values.toSorted()[Math.floor(quantile * values.length)] ?? NaN;
}
