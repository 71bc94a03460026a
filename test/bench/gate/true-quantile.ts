import { LOG_PARTS, logSum, SHARES } from '../../../shadow/gate/bets.ts';

/** ln of the parts of the capital on both arms together, and on each single bet. */
const [LOG_BOTH, LOG_ONE] = [Math.log(0.76), Math.log(0.08)];

/**
 * The gate does not know the control's quantile, and takes the evidence of whichever latency loses least. A simulation knows it:
 * the capital there is the most that the evidence can be, and needs two counts instead of a search.
 */
export class TrueQuantile {
  readonly #controlMs: number;
  readonly #candidateMs: number;
  readonly #gains: { readonly [kind in 'more' | 'fewer']: { readonly hit: Float64Array; readonly miss: Float64Array } };
  #events = 0;
  #controlBelow = 0;
  #candidateBelow = 0;

  /** @param controlMs the control's true quantile; @param slowdown the change that is tested */
  constructor(quantile: number, controlMs: number, slowdown: number) {
    this.#controlMs = controlMs;
    this.#candidateMs = controlMs * (1 + slowdown);
    const most = 1 / Math.max(quantile, 1 - quantile);
    const gains = (sign: number) => ({
      hit: Float64Array.from(SHARES, (share) => Math.log1p(sign * share * most * (1 - quantile))),
      miss: Float64Array.from(SHARES, (share) => Math.log1p(-sign * share * most * quantile)),
    });
    this.#gains = { more: gains(1), fewer: gains(-1) };
  }

  add(controlMs: number, candidateMs: number): void {
    this.#events++;
    this.#controlBelow += Number(controlMs < this.#controlMs);
    this.#candidateBelow += Number(candidateMs <= this.#candidateMs);
  }

  /** ln of the capital against "the candidate is slower by at most the change". */
  get logCapital(): number {
    const control = this.#logs('more', this.#controlBelow);
    const candidate = this.#logs('fewer', this.#candidateBelow);
    const both = control.map((log, at) => log + (candidate[at] ?? 0) - (LOG_PARTS[at] ?? 0));
    const singles = [control, candidate, this.#logs('fewer', this.#controlBelow)].map((logs) => LOG_ONE + logSum(logs));
    return logSum([LOG_BOTH + logSum(both), ...singles]);
  }

  #logs(kind: 'more' | 'fewer', below: number): Float64Array {
    const { hit, miss } = this.#gains[kind];
    const above = this.#events - below;
    return hit.map((gain, at) => (LOG_PARTS[at] ?? 0) + below * gain + above * (miss[at] ?? 0));
  }
}
