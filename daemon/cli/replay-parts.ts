import type { Replay } from '../api/contract.ts';
import type { Output } from './command-io.ts';
import { percent, printTable, short } from './print-table.ts';

const COUNT = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const MOST_FEATURES = 5;
/** Backends agree on far smaller differences. */
const SAME_SCORE = 1e-4;

/** Which features the flips and the shift of the score go with. */
export function printWhy(output: Output, replay: Replay): void {
  const features = (replay.attribution ?? [])
    .filter(({ flips, shift }) => flips > 0 || Math.abs(shift) > SAME_SCORE)
    .slice(0, MOST_FEATURES);
  if (features.length === 0) return;
  output.write(`\nwhy: ${lookedAt(replay)} with one feature replaced by that of others\n`);
  printTable(
    output,
    ['feature', 'flips undone', 'score moves back by'],
    features.map(({ feature, flips, shift }) => [feature, percent(flips), short(shift)]),
  );
}

function lookedAt({ explained }: Replay): string {
  if (explained === null) return 'flips';
  const { flips, predictions } = explained;
  return `${flips === 1 ? 'one flip' : `${COUNT.format(flips)} flips`} and ${COUNT.format(predictions)} random predictions`;
}

/**
 * Noise floor and latency: whether what differs can be believed, and what it takes.
 * @param shift of the score, or the distance of the scores of classes
 */
export function replayChecks({ noise_floor: floor, latency }: Replay, flipShare: number, shift: number): string[] {
  const found: string[] = [];
  if (floor === null)
    found.push('noise floor unknown: the artifact of the control is not registered, or several versions answered');
  else {
    const inside = [
      ...(floor.flips > 0 && flipShare <= floor.flips ? ['the flips'] : []),
      ...(floor.score > 0 && Math.abs(shift) <= floor.score ? ['the score shift'] : []),
    ];
    const within =
      inside.length === 0
        ? ''
        : `; ${inside.join(' and ')} above ${inside.join() === 'the score shift' ? 'is' : 'are'} within it, which is no difference`;
    found.push(
      `noise floor: the control against its own record flips ${percent(floor.flips)} and differs by ${short(floor.score)} on average, on ${COUNT.format(floor.replayed)}${within}`,
    );
    if (floor.differing > 0.01)
      found.push(
        `TRAINING/SERVING SKEW: ${percent(floor.differing)} of the control's scores cannot be reproduced from the recorded features (mean difference ${short(floor.bias)}): features are computed or recorded otherwise than at serving time, or other files answered`,
      );
  }
  if (latency !== null)
    found.push(
      `one prediction alone: p50 ${short(latency.control.p50)} -> ${short(latency.candidate.p50)} ms, p99 ${short(latency.control.p99)} -> ${short(latency.candidate.p99)} ms, ${latency.ratio.toFixed(2)} times the control`,
    );
  return found;
}

export function money(value: number, unit: string): string {
  return unit === '' ? COUNT.format(value) : `${COUNT.format(value)} ${unit}`;
}
