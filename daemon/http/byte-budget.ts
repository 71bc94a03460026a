/** Bytes that all bodies being read may hold together, so that many slow or swollen bodies cannot fill the memory. */
export interface ByteBudget {
  /** False, and nothing taken, when they would not fit. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  readonly held: number;
}

export function byteBudget(limit: number): ByteBudget {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > limit) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
    get held() {
      return held;
    },
  };
}
