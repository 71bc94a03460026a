import { useEffect } from 'preact/hooks';

/** Names the page in the tab of the browser. */
export function useTitle(...parts: readonly string[]): void {
  const title = [...parts, 'Serin'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
