/** How often requests of a route and method were answered with a status. */
export type RequestCount = readonly [route: string, method: string, status: string, count: number];

export interface RequestCounts {
  readonly count: (route: string, method: string, status: number) => void;
  read(): readonly RequestCount[];
}

/** Counts the requests to the API as they are answered. */
export function openRequestCounts(): RequestCounts {
  const counts = new Map<string, RequestCount>();
  return {
    count(route, method, status) {
      const key = `${method} ${status} ${route}`;
      counts.set(key, [route, method, String(status), (counts.get(key)?.[3] ?? 0) + 1]);
    },
    read: () => [...counts.values()],
  };
}
