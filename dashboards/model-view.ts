import { useMemo } from 'preact/hooks';
import type { Model } from '../daemon/api/contract.ts';
import { api } from './api.ts';
import type { Query } from './api-path.ts';
import { rfc3339 } from './format-time.ts';
import { useLive, type Live } from './live.ts';
import { useCell } from './cell.ts';
import { now } from './now.ts';
import { usePageQuery, type Changes } from './page-query.ts';
import { defaultRange, parseRange, rangeQuery, resolveRange, type Span, type TimeRange } from './time-range.ts';

/** What of a model is looked at: version, slice and time, all of them in the address of the page. */
export interface ModelView {
  readonly version: string;
  readonly slice: string;
  readonly range: TimeRange;
  /** The range as of now. */
  readonly span: Span;
  /** Names what is looked at, for the key of an answer; the same while "the last hour" moves on. */
  readonly key: string;
  /** Version, slice and time for a request made now. */
  readonly ask: () => Query;
  /** The same for a link to another page. */
  readonly keep: () => Query;
  /** Time alone. */
  readonly keepTime: () => Query;
  readonly setRange: (range: TimeRange) => void;
  readonly change: (changes: Changes) => void;
}

const MODEL_EVERY_MS = 10_000;

export function useModel(model: string): Live<Model> {
  return useLive(`model ${model}`, () => api.model(model), MODEL_EVERY_MS);
}

/** The view that the address of the page asks for; the model says what its range is by default. */
export function useModelView(model: Model | undefined): ModelView {
  const page = usePageQuery();
  const version = page.get('version');
  const slice = page.get('slice') || 'all';
  const range = parseRange(page.search, defaultRange(model?.window ?? '1h'));
  const first = firstSeen(model);
  const time = rangeQuery(range);
  const key = useMemo(
    () => JSON.stringify([version, slice, time, range.kind === 'all' && first]),
    [version, slice, JSON.stringify(time), first],
  );
  return {
    version,
    slice,
    range,
    span: resolveRange(range, useCell(now), first),
    key,
    ask: () => {
      const { from, to } = resolveRange(range, Date.now(), first);
      return { version, slice, from: rfc3339(from), to: rfc3339(to) };
    },
    keep: () => ({ version, slice: slice === 'all' ? undefined : slice, ...time }),
    keepTime: () => time,
    setRange: (next) => page.change(rangeQuery(next)),
    change: page.change,
  };
}

function firstSeen(model: Model | undefined): number | null {
  const times = model?.versions.flatMap(({ first_seen: seen }) => (seen === null ? [] : [Date.parse(seen)])) ?? [];
  return times.length === 0 ? null : Math.min(...times);
}

/** When the newest record of a model came, Unix milliseconds; null when none ever did. */
export function lastSeen(model: Pick<Model, 'versions'>): number | null {
  const times = model.versions.flatMap(({ last_seen: seen }) => (seen === null ? [] : [Date.parse(seen)]));
  return times.length === 0 ? null : Math.max(...times);
}
