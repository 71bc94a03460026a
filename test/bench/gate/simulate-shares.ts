import { logEvidenceAbove } from '../../../shadow/gate/betting.ts';
import { randomFrom } from '../../detectors/samples.ts';
import { judgeByMannWhitney } from './mann-whitney.ts';
import { Z_90, Z_95 } from './normal-quantile.ts';
import { pairModel, Pairs, varianceOf } from './pairs.ts';
import { medianOf, type Row, type Setting } from './row.ts';

export const ALPHA = 0.05;
export const LOOKS = 100;
/** The judge costs a hundred times as much, so it sees the first runs only, at every tenth look. */
export const JUDGE_RUNS = 100;

export interface ShareSetting extends Setting {
  readonly rate: number;
  readonly kind: 'paired' | 'unpaired';
}

/** Shares of bad events in two arms, looked at 100 times, by every method on the same data. */
export function simulateShares({ rate, margin, kind, times, runs }: ShareSetting): Row {
  const model = pairModel(rate, times * margin, kind);
  const fixedEvents = Math.ceil(((Z_95 + Z_90) ** 2 * varianceOf(pairModel(rate, 2 * margin, kind))) / margin ** 2);
  const step = Math.max(5, Math.ceil((3 * fixedEvents) / LOOKS));
  const found = { gate: 0, repeated: 0, fixed: 0, judge: 0 };
  const events: number[] = [];
  for (let run = 0; run < runs; run++) {
    const pairs = new Pairs(model, randomFrom(run * 7919 + Math.round(rate * 1e4) * 31 + times));
    const points = { control: [] as number[], candidate: [] as number[] };
    let gate = Infinity;
    let [repeated, fixed, judge] = [false, false, false];
    for (let look = 1; look <= LOOKS; look++) {
      const before = { worse: pairs.worse, better: pairs.better, both: pairs.both };
      pairs.add(step);
      // Within one standard deviation of the margin no bet has won twentyfold; not asking saves most of the time.
      if (
        gate === Infinity &&
        pairs.z(margin) > 1 &&
        logEvidenceAbove(pairs.outcomes, [-1, 1], margin) >= -Math.log(ALPHA)
      )
        gate = pairs.events;
      // Without harm, what people do is to ask for any difference.
      repeated ||= pairs.z(times === 0 ? 0 : margin) > Z_95;
      if (pairs.events >= fixedEvents && pairs.events - step < fixedEvents) fixed = pairs.z(margin) > Z_95;
      if (run >= JUDGE_RUNS) continue;
      const both = pairs.both - before.both;
      points.control.push((pairs.better - before.better + both) / step);
      points.candidate.push((pairs.worse - before.worse + both) / step);
      if (!judge && look % 10 === 0) judge = judgeByMannWhitney(points.control, points.candidate) === 'High';
    }
    events.push(gate);
    found.gate += Number(gate < Infinity) / runs;
    found.repeated += Number(repeated) / runs;
    found.fixed += Number(fixed) / runs;
    found.judge += Number(judge) / Math.min(runs, JUDGE_RUNS);
  }
  const name = `${rate} ${kind}`;
  return { name, margin, times, runs, found, medianEvents: medianOf(events), fixedEvents };
}
