import { cell, useCell, type Cell } from './cell.ts';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from './api.ts';

/** What is known of one answer: the newest data stay on the screen while the next are fetched, or cannot be. */
export interface Live<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  /** Unix milliseconds of the newest data. */
  readonly at: number | null;
  /** The data answer the question before this one; the present one is under way. */
  readonly stale: boolean;
}

interface Feed {
  readonly state: Cell<Live<unknown>>;
  readers: number;
  failures: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  load: () => Promise<unknown>;
  everyMs: number;
}

const EMPTY: Live<never> = { data: undefined, error: undefined, at: null, stale: false };
const LONGEST_PAUSE_MS = 60_000;
/** How long an answer that nobody reads is kept, so that going back shows something at once. */
const KEEP_MS = 120_000;
const feeds = new Map<string, Feed>();

/**
 * Reads an answer now and again every `everyMs` while the page is visible. Readers of the same key share one request;
 * when the key changes, the earlier data stay, marked stale, until the new ones are here.
 *
 * @param key what makes the answer different from others; `null` reads nothing
 */
export function useLive<T>(key: string | null, load: () => Promise<T>, everyMs = 5000): Live<T> {
  const newest = useRef(load);
  newest.current = load;
  useEffect(() => {
    if (key === null) return undefined;
    return subscribe(key, () => newest.current(), everyMs);
  }, [key, everyMs]);
  const last = useRef<Live<T>>(EMPTY);
  const known = useCell(key === null ? null : feedOf(key, load, everyMs).state);
  if (known === null) return EMPTY;
  // Whoever names the key names the type: a key stands for one call of the API.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const live = known as Live<T>;
  if (live.data === undefined && live.error === undefined && last.current.data !== undefined) {
    return { ...last.current, stale: true };
  }
  last.current = live;
  return live;
}

/** Fetches at once what has the key, after a change made here. */
export function refresh(key: string): void {
  const feed = feeds.get(key);
  if (feed && feed.readers > 0) void fetchOnce(feed);
}

function feedOf(key: string, load: () => Promise<unknown>, everyMs: number): Feed {
  let feed = feeds.get(key);
  if (!feed) {
    feed = { state: cell<Live<unknown>>(EMPTY), readers: 0, failures: 0, timer: undefined, load, everyMs };
    feeds.set(key, feed);
  }
  return feed;
}

function subscribe(key: string, load: () => Promise<unknown>, everyMs: number): () => void {
  const feed = feedOf(key, load, everyMs);
  feed.readers += 1;
  feed.load = load;
  feed.everyMs = everyMs;
  if (feed.readers === 1) void fetchOnce(feed);
  return () => {
    feed.readers -= 1;
    if (feed.readers > 0) return;
    clearTimeout(feed.timer);
    feed.timer = setTimeout(() => feeds.delete(key), KEEP_MS);
  };
}

async function fetchOnce(feed: Feed): Promise<void> {
  clearTimeout(feed.timer);
  try {
    const data = await feed.load();
    feed.failures = 0;
    feed.state.set({ data, error: undefined, at: Date.now(), stale: false });
  } catch (cause) {
    feed.failures += 1;
    const error = cause instanceof ApiError ? cause : new ApiError(0, { code: 'defect', message: String(cause) });
    feed.state.set({ ...feed.state.get(), error });
  }
  if (feed.readers > 0) schedule(feed);
}

function schedule(feed: Feed): void {
  clearTimeout(feed.timer);
  const pause = Math.min(feed.everyMs * 2 ** feed.failures, Math.max(LONGEST_PAUSE_MS, feed.everyMs));
  feed.timer = setTimeout(() => {
    if (document.hidden) document.addEventListener('visibilitychange', () => void fetchOnce(feed), { once: true });
    else void fetchOnce(feed);
  }, pause);
}
