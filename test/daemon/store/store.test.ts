import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document } from '../../../daemon/store/documents.ts';
import { temporaryStore } from '../../support/temporary.ts';

interface Thing extends Document {
  readonly note: string;
}

describe('the store', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('keeps the latest change of a document, even within one millisecond', async () => {
    const things = opened.store.documents<Thing>('rollouts');
    for (let n = 0; n < 5; n++)
      await things.put({ id: 'a', model: 'm', state: 'open', note: `change ${n} 'quoted' \u{1F426}` });
    await things.put({ id: 'b', model: 'other', state: 'open', note: '' });
    expect((await things.get('a'))?.note).toBe(`change 4 'quoted' \u{1F426}`);
    expect(await things.get('c')).toBeUndefined();
    expect((await things.list({ model: 'm' })).map((thing) => thing.id)).toEqual(['a']);
    expect((await things.list()).map((thing) => thing.id)).toEqual(['b', 'a']);
  });

  it('treats names as values, never as SQL', async () => {
    const things = opened.store.documents<Thing>('versions');
    const id = `x' OR 1=1 --`;
    await things.put({ id, model: `'||file('/etc/passwd')||'`, state: 's', note: 'n' });
    expect(await things.get(id)).toMatchObject({ id });
    expect(await things.list({ model: `' OR 1=1 --` })).toEqual([]);
  });

  it('refuses writes and files in the session that answers people', async () => {
    await expect(opened.store.reader.run('CREATE TABLE {database}.x (a Int8) ENGINE = Memory')).rejects.toThrow(
      /readonly/i,
    );
    await expect(opened.store.reader.rows("SELECT * FROM file('/etc/passwd', 'LineAsString')")).rejects.toThrow(
      /readonly|ACCESS/i,
    );
  });

  it('answers who asks for a moment while others read for long', async () => {
    const { reader } = opened.store;
    const slow = [1, 2].map(async () => {
      await reader.rows('SELECT sleep(0.5) AS slept');
      return 'slow';
    });
    const quick = Array.from({ length: 6 }, async (_, at) => {
      const [row] = await reader.rows<{ at: number }>('SELECT {at:UInt8} AS at', { at });
      return row?.at;
    });
    const first = await Promise.race([...slow, Promise.all(quick)]);
    expect(first).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await Promise.all(slow)).toEqual(['slow', 'slow']);
  });

  it('goes on in every session that answers people after statements that failed', async () => {
    const { reader } = opened.store;
    const failing = Array.from({ length: 9 }, () =>
      reader.rows(`SELECT throwIf(number = 3, 'on purpose') FROM numbers(5)`),
    );
    for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected');
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, at) => reader.rows('SELECT {at:UInt8} AS at', { at })),
    );
    expect(answers).toEqual(Array.from({ length: 9 }, (_, at) => [{ at }]));
  });

  it('keeps journal entries in order', async () => {
    const changes = opened.store.journal<{ id: string; owner: string; model: string; n: number }>('decisions');
    await changes.append([1, 2, 3].map((n) => ({ id: `d${n}`, owner: 'r', model: 'm', n })));
    expect((await changes.list('r')).map((entry) => entry.n)).toEqual([1, 2, 3]);
    expect((await changes.list('r', 2)).map((entry) => entry.n)).toEqual([2, 3]);
    expect(await changes.list('nobody')).toEqual([]);
  });

  it.runIf(maySetPriorities())('gives way to others where nobody waits for an answer', async () => {
    const nicenessOf = async (session: 'bulk' | 'reader'): Promise<number> => {
      const found: number[] = [];
      const look = setInterval(() => found.push(...readdirSync('/proc/self/task').map(nicenessOfThread)), 20);
      await opened.store[session].rows('SELECT sleep(0.3) AS slept');
      clearInterval(look);
      return Math.max(...found);
    };
    expect(await nicenessOf('bulk')).toBe(10);
    expect(await nicenessOf('reader')).toBe(0);
  });

  it('answers rightly after a statement that failed half-way', async () => {
    for (const session of [opened.store.reader, opened.store.watcher]) {
      const failing = session.rows('SELECT throwIf(number = 2000000) AS t FROM numbers(3000000)');
      const next = session.rows('SELECT 42 AS a');
      await expect(failing).rejects.toThrow();
      expect(await next).toEqual([{ a: 42 }]);
    }
    const tooMany = opened.store.reader.rows('SELECT number FROM numbers(3000000)');
    const bytes = opened.store.reader.bytes('SELECT toUInt8(7) FORMAT RowBinary');
    await expect(tooMany).rejects.toThrow(/too many rows|limit/i);
    expect(await bytes).toEqual(new Uint8Array([7]));
  });
});

/** Linux, with the capability CAP_SYS_NICE (bit 23). */
function maySetPriorities(): boolean {
  if (process.platform !== 'linux') return false;
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${capabilities}`) >> 23n) & 1n) === 1n;
}

function nicenessOfThread(id: string): number {
  try {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    // Behind the name, which may hold blanks: the 17th field is the niceness.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  } catch {
    // The thread has ended meanwhile.
    return 0;
  }
}
