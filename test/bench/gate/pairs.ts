import type { Outcomes } from '../../../shadow/gate/evidence.ts';

/** How often single events of control and candidate go wrong. */
export interface PairModel {
  /** Only the candidate goes wrong, only the control, both. */
  readonly worse: number;
  readonly better: number;
  readonly both: number;
}

/**
 * Both arms go wrong at `rate`, the candidate `harm` more often. Unpaired: independently of each other. Paired: on the same
 * events but for a tenth of them.
 */
export function pairModel(rate: number, harm: number, kind: 'paired' | 'unpaired'): PairModel {
  if (kind === 'unpaired')
    return { worse: (rate + harm) * (1 - rate), better: rate * (1 - rate - harm), both: rate * (rate + harm) };
  return { worse: 0.1 * rate + harm, better: 0.1 * rate, both: 0.9 * rate };
}

/** Variance of the difference of one pair. */
export function varianceOf({ worse, better }: PairModel): number {
  return worse + better - (worse - better) ** 2;
}

/** Events drawn one by one; those in which nothing goes wrong are skipped over. */
export class Pairs {
  events = 0;
  worse = 0;
  better = 0;
  both = 0;
  readonly #model: PairModel;
  readonly #random: () => number;
  readonly #wrong: number;
  #untilNext: number;

  constructor(model: PairModel, random: () => number) {
    this.#model = model;
    this.#random = random;
    this.#wrong = model.worse + model.better + model.both;
    this.#untilNext = this.#gap();
  }

  add(count: number): void {
    this.events += count;
    let left = count;
    while (this.#untilNext <= left) {
      left -= this.#untilNext;
      const draw = this.#random() * this.#wrong;
      if (draw < this.#model.worse) this.worse++;
      else if (draw < this.#model.worse + this.#model.better) this.better++;
      else this.both++;
      this.#untilNext = this.#gap();
    }
    this.#untilNext -= left;
  }

  get outcomes(): Outcomes {
    return [
      [-1, this.better],
      [0, this.events - this.better - this.worse],
      [1, this.worse],
    ];
  }

  /** Statistic of a z-test of the mean difference against `margin`; 0 while nothing differs. */
  z(margin: number): number {
    const mean = (this.worse - this.better) / this.events;
    const variance = (this.worse + this.better) / this.events - mean ** 2;
    return variance <= 0 ? 0 : (mean - margin) / Math.sqrt(variance / this.events);
  }

  /** Events up to and with the next one in which something goes wrong. */
  #gap(): number {
    return 1 + Math.floor(Math.log(1 - this.#random()) / Math.log1p(-this.#wrong));
  }
}
