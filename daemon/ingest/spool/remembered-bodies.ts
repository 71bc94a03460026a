import { hash as digest } from 'node:crypto';

/** Most bodies held; the oldest go first. */
const MOST = 500_000;
/** Full generations that are kept beside the newest. */
const KEPT = 4;

/** A body that was acked, and how it was answered. */
export interface RememberedBody<Answer> {
  readonly hash: string;
  readonly receivedAt: number;
  readonly answer: Answer;
}

/** Name of a body: the same bytes through the same door have the same name. */
export function bodyHash(door: number, body: Uint8Array): string {
  return `${door}.${digest('sha256', body, 'base64url').slice(0, 22)}`;
}

interface Generation<Answer> {
  readonly since: number;
  readonly bodies: Map<string, RememberedBody<Answer>>;
}

/**
 * Bodies acked within `rememberMs`, so that a client that lost our answer gets it again. They are forgotten a generation at a
 * time: a Map that loses its oldest entry with each new one walks over the places of all that it lost.
 */
export class RememberedBodies<Answer> {
  readonly #rememberMs: number;
  readonly #most: number;
  /** Newest first. */
  #generations: Generation<Answer>[] = [];

  constructor(rememberMs: number, most: number = MOST) {
    this.#rememberMs = rememberMs;
    this.#most = most;
  }

  get size(): number {
    return this.#generations.reduce((sum, { bodies }) => sum + bodies.size, 0);
  }

  find(hash: string, now: number): RememberedBody<Answer> | undefined {
    for (const { bodies } of this.#generations) {
      const found = bodies.get(hash);
      if (found !== undefined) return found.receivedAt + this.#rememberMs > now ? found : undefined;
    }
    return undefined;
  }

  add(body: RememberedBody<Answer>): void {
    this.#current(body.receivedAt).set(body.hash, body);
  }

  #current(at: number): Generation<Answer>['bodies'] {
    const newest = this.#generations[0];
    const room = newest !== undefined && newest.bodies.size < this.#most / (KEPT + 1);
    if (room && at < newest.since + this.#rememberMs / KEPT) return newest.bodies;
    const bodies: Generation<Answer>['bodies'] = new Map();
    // A generation ended where the next began; nothing in it is younger than that.
    const kept = this.#generations.filter(
      (_, place, all) => place === 0 || all[place - 1]!.since + this.#rememberMs > at,
    );
    this.#generations = [{ since: at, bodies }, ...kept].slice(0, KEPT + 1);
    return bodies;
  }
}
