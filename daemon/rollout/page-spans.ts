import type { PageSpan } from '../store/replay-pages.ts';

/** Planned stretches, taken several at a time. */
export class PageSpans {
  readonly #spans: readonly PageSpan[];
  #at = 0;

  constructor(spans: readonly PageSpan[]) {
    this.#spans = spans;
  }

  /** The next stretch of about `rows` predictions; null behind the last one. */
  take(rows: number, longestMs: number): PageSpan | null {
    let taken = this.#spans[this.#at];
    if (taken === undefined) return null;
    for (this.#at++; taken.parts === 1; this.#at++) {
      const next: PageSpan | undefined = this.#spans[this.#at];
      if (next === undefined || next.parts > 1 || taken.rows + next.rows > rows || next.to - taken.from > longestMs)
        break;
      taken = { ...taken, to: next.to, rows: taken.rows + next.rows };
    }
    return taken;
  }
}
