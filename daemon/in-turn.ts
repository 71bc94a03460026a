/** Runs one piece of work at a time, in the order given; a failed one does not stop the next. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue of one: what is read and written back within it is not changed by others of the same queue in between. */
export function takeTurns(): InTurn {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = tail.then(work, work);
    tail = next.catch(() => undefined);
    return next;
  };
}

/** A queue of its own for each name. */
export function takeTurnsByName(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const queues = new Map<string, InTurn>();
  return (name, work) => {
    const queue = queues.get(name) ?? takeTurns();
    queues.set(name, queue);
    return queue(work);
  };
}
