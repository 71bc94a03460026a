import { useSearchParams } from 'wouter-preact';

export type Changes = Readonly<Record<string, string | undefined>>;

/** The query of the page, where everything that the reader chose is kept, so that an address can be shared. */
export interface PageQuery {
  readonly search: URLSearchParams;
  get(key: string): string;
  /** Changes the named keys and leaves the others; an empty or undefined value takes the key away. */
  change(changes: Changes): void;
}

export function usePageQuery(): PageQuery {
  const [search, setSearch] = useSearchParams();
  return {
    search,
    get: (key) => search.get(key) ?? '',
    change: (changes) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [key, value] of Object.entries(changes)) {
            if (value) after.set(key, value);
            else after.delete(key);
          }
          return after;
        },
        { replace: true },
      ),
  };
}
