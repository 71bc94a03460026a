import { useEffect, useReducer } from 'preact/hooks';

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
      for (const listener of [...listeners]) listener();
    },
    follow: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value of a cell; the component is drawn again when it changes. `null` is no cell. */
export function useCell<T>(from: Cell<T>): T;
export function useCell<T>(from: Cell<T> | null): T | null;
export function useCell<T>(from: Cell<T> | null): T | null {
  const [, draw] = useReducer((count: number, _: null) => count + 1, 0);
  const seen = from?.get() ?? null;
  useEffect(() => {
    if (!from) return;
    // It may have changed between drawing and now.
    if (from.get() !== seen) draw(null);
    return from.follow(() => draw(null));
  }, [from]);
  return seen;
}
