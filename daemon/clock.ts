/** Time comes in from outside: Unix milliseconds, UTC. Tests set it; the daemon passes the system's. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
