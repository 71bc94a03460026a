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

  it('keeps journal entries in order', async () => {
    const changes = opened.store.journal<{ id: string; owner: string; model: string; n: number }>('decisions');
    await changes.append([1, 2, 3].map((n) => ({ id: `d${n}`, owner: 'r', model: 'm', n })));
    expect((await changes.list('r')).map((entry) => entry.n)).toEqual([1, 2, 3]);
    expect((await changes.list('r', 2)).map((entry) => entry.n)).toEqual([2, 3]);
    expect(await changes.list('nobody')).toEqual([]);
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
