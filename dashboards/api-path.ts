export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * A path of the API out of its segments, each of them user text, and a query without its empty values.
 *
 * @example apiPath(['models', 'card fraud'], { slice: 'all' }) // '/v1/models/card%20fraud?slice=all'
 */
export function apiPath(segments: readonly string[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const path = `/v1/${segments.map(encodeURIComponent).join('/')}`;
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** A page of the dashboard out of its segments and query, in the same way. */
export function pagePath(segments: readonly string[], query: Query = {}): string {
  return apiPath(segments, query).replace(/^\/v1/, '');
}
