/** Windows that closed long ago and that late data touched: they are judged again little by little, the newest first. */
export interface LateQueue {
  /** Each counts once, by its start. */
  add(model: string, from: number): void;
  /** Lets as many be taken as one tick may judge, of all models together. */
  begin(): void;
  /** Takes those of a model that the tick has room for. */
  take(model: string): number[];
  waiting(): number;
}

/** @param mostATick windows that are taken between two calls of `begin` */
export function openLateQueue(mostATick: number): LateQueue {
  const waiting = new Map<string, Set<number>>();
  let [room, part] = [mostATick, mostATick];
  return {
    add(model, from) {
      const starts = waiting.get(model) ?? new Set();
      waiting.set(model, starts.add(from));
    },
    begin() {
      room = mostATick;
      part = Math.ceil(mostATick / Math.max(1, waiting.size));
    },
    take(model) {
      const starts = waiting.get(model);
      if (starts === undefined) return [];
      const taken = [...starts].sort((one, other) => other - one).slice(0, Math.min(room, part));
      room -= taken.length;
      for (const from of taken) starts.delete(from);
      if (starts.size === 0) waiting.delete(model);
      return taken;
    },
    waiting: () => [...waiting.values()].reduce((sum, starts) => sum + starts.size, 0),
  };
}
