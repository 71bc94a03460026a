import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api.ts';
import type { Live } from '../live.ts';
import { When } from './when.tsx';

interface LoadedProps<T> {
  readonly live: Live<T>;
  /** Said instead of the content when this returns text. */
  readonly empty?: (data: T) => ComponentChildren | null;
  readonly rows?: number;
  readonly children: (data: T) => ComponentChildren;
}

/** The content of an answer once it is here; until then, or without it, what is going on. */
export function Loaded<T>({ live, empty, rows = 3, children }: LoadedProps<T>) {
  if (live.data === undefined) return live.error ? <Problem error={live.error} /> : <Loading rows={rows} />;
  const nothing = empty?.(live.data);
  return (
    <div class={live.stale ? 'stale' : undefined} aria-busy={live.stale}>
      {live.error && (
        <p class="behind" role="status">
          Not refreshed{live.at !== null && <When ms={live.at} prefix=" since " />}: {live.error.message}
        </p>
      )}
      {nothing ? <Empty>{nothing}</Empty> : children(live.data)}
    </div>
  );
}

/** An error of the API in its own words, with its hint. */
export function Problem({ error }: { readonly error: ApiError }) {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{error.message}</strong>
        {error.field && <> (field: {error.field})</>}
      </p>
      {error.hint && <p>{error.hint}</p>}
      <p class="note">
        {error.code}
        {error.status > 0 && <> · HTTP {error.status}</>}
      </p>
    </div>
  );
}

/** Said where there is nothing to show, and why. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

function Loading({ rows }: { readonly rows: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading</span>
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} class="loading-row" aria-hidden="true" />
      ))}
    </div>
  );
}
