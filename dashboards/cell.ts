import { useEffect, useState } from 'preact/hooks';

/** A value that many components show and that changes outside of them. */
export interface Cell<T> {
  get(): T;
  set(value: T): void;
  /** Calls back after each change, until the returned function is called. */
  follow(listener: () => void): () => void;
}

export function cell<T>(first: T): Cell<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (next === value) return;
      value = next;
      listeners.forEach((listener) => listener());
    },
    follow: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function oneMore(count: number): number {
  return count + 1;
}

/** The value of a cell; the component is drawn again when it changes. `null` is no cell. */
export function useCell<T>(from: Cell<T>): T;
export function useCell<T>(from: Cell<T> | null): T | null;
export function useCell<T>(from: Cell<T> | null): T | null {
  const [, draw] = useState(0);
  const seen = from?.get() ?? null;
  useEffect(() => {
    if (!from) return undefined;
    // It may have changed between drawing and now.
    if (from.get() !== seen) draw(oneMore);
    return from.follow(() => draw(oneMore));
  }, [from]);
  return seen;
}
