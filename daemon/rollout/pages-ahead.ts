import { PageMemory } from '../store/page-memory.ts';
import type { PageSpan } from '../store/replay-pages.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import type { SpanPages } from '../store/replay-span.ts';

/** A page, the stretch that it is of, and the memory that it lies in. */
export interface PageAhead {
  readonly span: PageSpan;
  /** Null where the stretch was found to be empty. */
  readonly page: ReplayPage | null;
  /** The last page of its stretch. */
  readonly isLast: boolean;
  /** As of the stretch. */
  readonly closes: boolean;
  readonly memory: PageMemory;
}

/** A stretch whose pages are at hand. */
export interface OpenSpan {
  readonly span: PageSpan;
  /** No other version has predictions of it that are still to be read. */
  readonly closes: boolean;
  readonly pages: SpanPages;
}

/** Pages of stretch after stretch: while one is taken apart, the engine reads the next. */
export class PagesAhead {
  readonly #openNext: () => Promise<OpenSpan | null>;
  /** Memory of pages that are stored. */
  readonly #free: PageMemory[] = [];
  #current: OpenSpan | null = null;
  #opening: Promise<OpenSpan | null>;

  /** @param openNext opens the next stretch; null behind the last one */
  constructor(openNext: () => Promise<OpenSpan | null>) {
    this.#openNext = openNext;
    this.#opening = this.#begin();
  }

  /** The next page; null behind the last one, or, once it is `stopped`, behind the stretch in hand. */
  async next(stopped: boolean): Promise<PageAhead | null> {
    if (this.#current === null) {
      if (stopped) return null;
      this.#current = await this.#opening;
      if (this.#current === null) return null;
      this.#opening = this.#begin();
    }
    const { span, closes, pages } = this.#current;
    const memory = this.#free.pop() ?? new PageMemory();
    const page = pages.hasMore ? await pages.next(memory.take) : null;
    const isLast = !pages.hasMore;
    if (isLast) {
      this.#current = null;
      await pages.close();
    }
    return { span, page, isLast, closes, memory };
  }

  /** Nobody reads any more what lies there. */
  free(memory: PageMemory): void {
    memory.free();
    this.#free.push(memory);
  }

  /** Nothing is read any more, nor held open. */
  async close(): Promise<void> {
    const [opening] = await Promise.allSettled([this.#opening]);
    this.#opening = Promise.resolve(null);
    if (opening.status === 'fulfilled') await opening.value?.pages.close();
    await this.#current?.pages.close();
    this.#current = null;
  }

  #begin(): Promise<OpenSpan | null> {
    const opening = this.#openNext();
    opening.catch(ignore);
    return opening;
  }
}

function ignore(): void {
  // Who asks for the next page hears of it.
}
