import { navigate, usePathname, useSearch } from 'wouter-preact/use-browser-location';

export type Changes = Readonly<Record<string, string | undefined>>;

/** The query of the page, where everything that the reader chose is kept, so that an address can be shared. */
export interface PageQuery {
  readonly search: URLSearchParams;
  readonly get: (key: string) => string;
  /** Changes the named keys and leaves the others; an empty or undefined value takes the key away. */
  readonly change: (changes: Changes) => void;
}

export function usePageQuery(): PageQuery {
  const pathname = usePathname();
  const search = new URLSearchParams(useSearch());
  return {
    search,
    get: (key) => search.get(key) ?? '',
    change: (changes) => {
      const after = new URLSearchParams(search);
      for (const [key, value] of Object.entries(changes)) {
        if (value) after.set(key, value);
        else after.delete(key);
      }
      const text = after.toString();
      navigate(text ? `${pathname}?${text}` : pathname, { replace: true });
    },
  };
}
