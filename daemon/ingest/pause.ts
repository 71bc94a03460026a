/** A pause that may be ended before its time. */
export class Pause {
  #end: (() => void) | undefined;
  #idle = false;
  #ended = false;

  /** Waits because nothing is due: `endIfIdle` ends it. */
  idle(milliseconds: number): Promise<void> {
    return this.#wait(milliseconds, true);
  }

  /** Waits so that something may mend meanwhile: only `end` ends it. */
  last(milliseconds: number): Promise<void> {
    return this.#wait(milliseconds, false);
  }

  endIfIdle(): void {
    if (this.#idle) this.#end?.();
  }

  /** Ends this pause, and every later one before it begins. */
  end(): void {
    this.#ended = true;
    this.#end?.();
  }

  #wait(milliseconds: number, idle: boolean): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), milliseconds);
      this.#idle = idle;
      this.#end = () => {
        clearTimeout(timer);
        this.#end = undefined;
        resolve();
      };
    });
  }
}
