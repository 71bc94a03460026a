import { atMost } from '../at-most.ts';
import type { LiveShadows } from '../rollout/live-shadows.ts';
import type { Charge } from './charge.ts';

/** A shadow that takes longer goes on with its turn while the others look again. */
const WAIT_MS = 1000;

/** Looks of the live shadows while this daemon is in charge. What it knew of them ends with the time that it was. */
export function shadowTurns(shadows: Pick<LiveShadows, 'turn' | 'rest'>, charge: Pick<Charge, 'held' | 'number'>) {
  let number = charge.number();
  return async (): Promise<void> => {
    const now = charge.number();
    if (now !== number) await shadows.rest();
    number = now;
    if (charge.held()) await atMost(WAIT_MS, shadows.turn());
  };
}
