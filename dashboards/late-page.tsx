import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/**
 * A page whose script comes with the first visit to it, so that nobody else waits for it.
 * @param load imports the page
 */
export function latePage<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let arrived: ComponentType<Props> | undefined;
  return function LatePage(props: Props): VNode {
    const [state, setState] = useState<'loading' | 'here' | 'failed'>(arrived === undefined ? 'loading' : 'here');
    useEffect(() => {
      if (arrived !== undefined) return;
      load().then(
        (page) => {
          arrived = page;
          setState('here');
        },
        () => setState('failed'),
      );
    }, []);
    const Page = arrived;
    if (state === 'here' && Page !== undefined) return <Page {...props} />;
    if (state === 'failed')
      return (
        <div class="problem" role="alert">
          <p>
            <strong>The script of this page could not be loaded.</strong>
          </p>
          <p>Reload the page: Serin may have been upgraded, or may be away.</p>
        </div>
      );
    return <p aria-busy="true" />;
  };
}
