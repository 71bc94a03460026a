import { hash as digest } from 'node:crypto';

/** Most bodies held; the oldest go first. */
const MOST = 500_000;

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

/** Bodies acked within `rememberMs`, so that a client that lost our answer gets it again. */
export class RememberedBodies<Answer> {
  readonly #rememberMs: number;
  readonly #bodies = new Map<string, RememberedBody<Answer>>();

  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs;
  }

  get size(): number {
    return this.#bodies.size;
  }

  find(hash: string, now: number): RememberedBody<Answer> | undefined {
    const found = this.#bodies.get(hash);
    return found !== undefined && found.receivedAt + this.#rememberMs > now ? found : undefined;
  }

  add(body: RememberedBody<Answer>): void {
    this.#bodies.delete(body.hash);
    this.#bodies.set(body.hash, body);
    for (const [hash, oldest] of this.#bodies) {
      if (oldest.receivedAt + this.#rememberMs > body.receivedAt && this.#bodies.size <= MOST) break;
      this.#bodies.delete(hash);
    }
  }
}
