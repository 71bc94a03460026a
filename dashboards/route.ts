/** A page of the dashboard, with what its address names. */
export type Route =
  | { readonly page: 'fleet' | 'alerts' | 'rollouts' | 'replays' | 'retrainings' | 'nowhere' }
  | { readonly page: 'alert' | 'rollout' | 'replay' | 'shadow'; readonly id: string }
  | { readonly page: 'model' | 'traces'; readonly model: string }
  | { readonly page: 'trace'; readonly model: string; readonly traceId: string }
  | {
      readonly page: 'subject';
      readonly model: string;
      readonly kind: 'feature' | 'score' | 'latency' | 'decision';
      /** Of a score the class that it is of, as findings name it; else empty unless the kind is `feature`. */
      readonly feature: string;
    };

/**
 * The page that an address stands for. Each segment is decoded exactly once: a model may be called `a%2Fb`.
 *
 * @param pathname as the browser has it, encoded
 */
export function routeOf(pathname: string): Route {
  const [place, name, part, feature, ...rest] = pathname.split('/').slice(1).filter(Boolean).map(decode);
  if (rest.length > 0) return { page: 'nowhere' };
  if (place === undefined) return { page: 'fleet' };
  if (place === 'models') return name === undefined ? { page: 'fleet' } : modelRoute(name, part, feature);
  if (part !== undefined) return { page: 'nowhere' };
  if (place === 'alerts') return name === undefined ? { page: 'alerts' } : { page: 'alert', id: name };
  if (place === 'rollouts') return name === undefined ? { page: 'rollouts' } : { page: 'rollout', id: name };
  if (place === 'replays') return name === undefined ? { page: 'replays' } : { page: 'replay', id: name };
  if (place === 'shadows' && name !== undefined) return { page: 'shadow', id: name };
  return { page: place === 'retrainings' && name === undefined ? 'retrainings' : 'nowhere' };
}

function modelRoute(model: string, part: string | undefined, feature: string | undefined): Route {
  if (part === undefined) return { page: 'model', model };
  if (part === 'features' && feature !== undefined) return { page: 'subject', model, kind: 'feature', feature };
  if (part === 'score' && feature !== undefined) return { page: 'subject', model, kind: 'score', feature };
  if (part === 'traces' && feature !== undefined) return { page: 'trace', model, traceId: feature };
  if (feature !== undefined) return { page: 'nowhere' };
  if (part === 'traces') return { page: 'traces', model };
  if (part === 'score' || part === 'latency' || part === 'decision') {
    return { page: 'subject', model, kind: part, feature: '' };
  }
  return { page: 'nowhere' };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
