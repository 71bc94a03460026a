import type { Alarm, Folded } from './alarm.ts';

export interface Adwin {
  /** Chance of a false alarm at a look: delta. */
  readonly chance: number;
  /** Points between two looks. */
  readonly every: number;
  /** Points on either side of a cut, and in all before the first look. */
  readonly shortest: number;
  readonly minimum: number;
  /** `forget`: only what lies before the cut (Bifet and Gavalda 2007). `restart`: everything, as River since 0.22. */
  readonly afterAlarm: 'forget' | 'restart';
}

/** Buckets of one size, 2^row points each, oldest first: `sums` and the sums of squared deviations from their means. */
interface Row {
  readonly sums: number[];
  readonly squares: number[];
}

const BUCKETS_A_ROW = 5;

/**
 * ADWIN2 (Bifet and Gavalda 2007), textbook: the window is kept in buckets whose sizes double, and is cut between any two
 * of them (River up to 0.21 never looked at the newest bucket of a row, and fired up to 32 points later). While the
 * means of some two parts differ by more than chance allows, the oldest bucket goes.
 */
export function adwin(values: readonly number[], settings: Adwin): Folded {
  const alarms: Alarm[] = [];
  const ratios: number[] = [];
  let window = new Buckets();
  let [looks, last] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    window.add(values[index] ?? 0);
    if (++looks % settings.every !== 0 || window.count <= settings.minimum) {
      ratios.push(last);
      continue;
    }
    let cut = window.firstCut(settings);
    const fired = cut.ratio > 1;
    if (fired) cut = window.worstCut(settings);
    ratios.push(cut.ratio);
    last = fired ? 0 : cut.ratio;
    if (!fired) continue;
    alarms.push({ index, onset: index + 1 - (window.count - cut.before) });
    do window.dropOldest();
    while (window.firstCut(settings).ratio > 1);
    if (settings.afterAlarm === 'restart') [window, looks] = [new Buckets(), 0];
  }
  return { alarms, ratios };
}

/** How far the two sides of a cut differ, over what chance allows, and the points before it. */
interface Cut {
  readonly ratio: number;
  readonly before: number;
}

class Buckets {
  count = 0;
  #sum = 0;
  #squares = 0;
  /** Newest and smallest first. */
  readonly #rows: Row[] = [];

  add(value: number): void {
    if (this.count > 0) this.#squares += (this.count * (value - this.#sum / this.count) ** 2) / (this.count + 1);
    this.count++;
    this.#sum += value;
    this.#push(0, value, 0);
  }

  /** Six buckets of one size are one too many: the two oldest become one of the next. */
  #push(row: number, sum: number, squares: number): void {
    const buckets = (this.#rows[row] ??= { sums: [], squares: [] });
    buckets.sums.push(sum);
    buckets.squares.push(squares);
    if (buckets.sums.length <= BUCKETS_A_ROW) return;
    const size = 2 ** row;
    const [one, other] = [buckets.sums[0] ?? 0, buckets.sums[1] ?? 0];
    const within = (buckets.squares[0] ?? 0) + (buckets.squares[1] ?? 0);
    dropTwo(buckets.sums);
    dropTwo(buckets.squares);
    const apart = ((one - other) / size) ** 2 * (size / 2);
    this.#push(row + 1, one + other, within + apart);
  }

  /** The oldest cut whose sides differ by more than chance allows, which is all that a look asks; else the worst. */
  firstCut(settings: Adwin): Cut {
    return this.#scan(settings, 1);
  }

  /** The cut whose sides differ most, over what chance allows. */
  worstCut(settings: Adwin): Cut {
    return this.#scan(settings, Infinity);
  }

  #scan({ chance, shortest }: Adwin, enough: number): Cut {
    const rare = Math.log((2 * Math.log(this.count)) / chance);
    const variance = this.#squares / this.count;
    let [before, sum, ratio, at] = [0, 0, 0, 0];
    for (let row = this.#rows.length - 1; row >= 0; row--) {
      const size = 2 ** row;
      const sums = this.#rows[row]?.sums ?? [];
      for (let bucket = 0; bucket < sums.length; bucket++) {
        before += size;
        sum += sums[bucket] ?? 0;
        const after = this.count - before;
        if (before < shortest || after < shortest) continue;
        const scatter = 1 / (before - shortest + 1) + 1 / (after - shortest + 1);
        const allowed = Math.sqrt(2 * scatter * variance * rare) + (2 / 3) * rare * scatter;
        const difference = Math.abs(sum / before - (this.#sum - sum) / after);
        if (difference > ratio * allowed) [ratio, at] = [difference / allowed, before];
        if (ratio > enough) return { ratio, before: at };
      }
    }
    return { ratio, before: at };
  }

  dropOldest(): void {
    const row = this.#rows.length - 1;
    const buckets = this.#rows[row];
    if (buckets === undefined) return;
    const size = 2 ** row;
    const sum = buckets.sums.shift() ?? 0;
    const squares = buckets.squares.shift() ?? 0;
    if (buckets.sums.length === 0) this.#rows.pop();
    this.count -= size;
    this.#sum -= sum;
    if (this.count === 0) this.#squares = 0;
    else {
      const apart = sum / size - this.#sum / this.count;
      this.#squares = Math.max(0, this.#squares - squares - (size * this.count * apart ** 2) / (size + this.count));
    }
  }
}

/** Six numbers at most: moving them by hand is several times as fast as `splice`. */
function dropTwo(numbers: number[]): void {
  for (let at = 2; at < numbers.length; at++) numbers[at - 2] = numbers[at] ?? 0;
  numbers.length -= 2;
}
