import type { Reason, Refusal } from './admission.ts';

/** What is refused of one body: each reason once with how often, so that a million bad records cost no memory. */
export class Refusals {
  readonly #byReason = new Map<Reason, { readonly first: Refusal; times: number }>();
  total = 0;

  add(refusal: Refusal): void {
    this.total++;
    const known = this.#byReason.get(refusal.reason);
    if (known === undefined) this.#byReason.set(refusal.reason, { first: refusal, times: 1 });
    else known.times++;
  }

  each(tell: (reason: Reason, times: number) => void): void {
    for (const [reason, { times }] of this.#byReason) tell(reason, times);
  }

  /** One line with each reason once, its first field and how often; empty where nothing is refused. */
  say(what: string): string {
    return [...this.#byReason.values()]
      .map(({ first, times }) => `${times} ${what} (${first.reason}, ${first.field}): ${first.message}`)
      .join('; ');
  }
}
