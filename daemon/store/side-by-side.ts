import type { Engine } from './engine.ts';

/**
 * Several sessions as one, so that who asks for a moment does not wait for who reads for seconds: a statement runs in the first
 * session that is free.
 * @param sessions alike, at least one
 */
export function sideBySide(sessions: readonly Engine[]): Engine {
  if (sessions.length === 1) return sessions[0]!;
  const free = [...sessions];
  const waiting: ((session: Engine) => void)[] = [];
  const giveBack = (session: Engine): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(session);
    else next(session);
  };
  const inFree = async <T>(work: (session: Engine) => Promise<T>): Promise<T> => {
    const session = free.pop() ?? (await new Promise<Engine>((resolve) => waiting.push(resolve)));
    try {
      return await work(session);
    } finally {
      giveBack(session);
    }
  };
  return {
    rows: <Row>(...given: Parameters<Engine['rows']>) => inFree((session) => session.rows<Row>(...given)),
    bytes: (...given) => inFree((session) => session.bytes(...given)),
    save: (...given) => inFree((session) => session.save(...given)),
    run: (...given) => inFree((session) => session.run(...given)),
    insert: (...given) => inFree((session) => session.insert(...given)),
    insertBlocks: (...given) => inFree((session) => session.insertBlocks(...given)),
    async close() {
      for (const session of sessions) await session.close();
    },
  };
}
