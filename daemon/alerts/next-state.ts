import type { AlertState } from '../../detectors/terms.ts';

export interface Patience {
  /** Milliseconds that a finding must keep failing before its alert fires. */
  readonly hold: number;
  /** Milliseconds that a finding must pass before its alert is resolved. */
  readonly keep: number;
}

/**
 * One step of the alert state machine: inactive or resolved -> pending on a fail, pending -> firing after `hold`,
 * pending -> inactive on a pass, firing -> resolved after `keep` of passing; otherwise the state stays.
 *
 * An `insufficient` finding never comes here: it is neither good nor bad, and what was last judged on enough data stands.
 * @param verdict what the newest finding with enough data says
 * @param heldMs for how long it has said so without a break
 */
export function nextState(state: AlertState, verdict: 'pass' | 'fail', heldMs: number, patience: Patience): AlertState {
  if (state === 'pending') {
    if (verdict === 'pass') return 'inactive';
    return heldMs >= patience.hold ? 'firing' : 'pending';
  }
  if (state === 'firing') return verdict === 'pass' && heldMs >= patience.keep ? 'resolved' : 'firing';
  return verdict === 'fail' ? 'pending' : state;
}
