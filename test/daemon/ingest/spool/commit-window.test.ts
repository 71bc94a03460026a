import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KilledIngest } from '../../../support/killed-ingest.ts';
import { meddleWithFiles } from '../../../support/meddle-with-files.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const HOUR = 3_600_000;
const MANY = 200;

describe('a group of bodies and its sync', () => {
  let temporary: TemporaryIngest;
  /** Operations on the disk since the intake was opened. */
  let operations: string[];
  /** Syncs of data that were asked for and are held up; each ends when it is called, well or with an error. */
  let held: ((error?: Error) => void)[];
  let holding: boolean;
  let acked: number;

  beforeEach(async () => {
    temporary = await temporaryIngest();
    [operations, held, holding, acked] = [[], [], true, 0];
    meddleWithFiles(temporary.directory, async (operation, act) => {
      operations.push(operation);
      if (operation === 'datasync' && holding) {
        const error = await new Promise<Error | undefined>((resolve) => held.push(resolve));
        if (error !== undefined) throw error;
      }
      return act();
    });
  });
  afterEach(async () => {
    letGo();
    await temporary.remove();
  });

  function letGo(): void {
    holding = false;
    for (const end of held) end();
  }
  const reopen = async (commitWindow: number): Promise<void> => {
    await temporary.ingest.close();
    await temporary.reopen({}, { commit_window: commitWindow });
    operations = [];
  };
  const send = async (id: string): Promise<void> => {
    const record = { prediction_id: id, model: 'm', version: 'v1', timestamp: temporary.clock.now(), score: 0.5 };
    await temporary.ingest.accept('predictions', 'ndjson', lines([record]));
    acked++;
  };
  const sendMany = (): Promise<void>[] => Array.from({ length: MANY }, (_, n) => send(`many ${n}`));
  const syncs = (): number => operations.filter((operation) => operation === 'datasync').length;
  const stored = async (): Promise<unknown> => {
    await temporary.ingest.flush();
    return (
      await temporary.rows('SELECT count() AS n, uniqExact(prediction_id) AS ids FROM {database}.predictions')
    )[0];
  };

  it('without a window, none is acked before the sync of its group, and the group has one', async () => {
    const first = send('first');
    await vi.waitFor(() => expect(held).toHaveLength(1));
    const others = sendMany();
    // All of them are with the intake now; only the sync in hand has been asked for.
    await new Promise((resolve) => setImmediate(resolve));
    expect([acked, syncs()]).toEqual([0, 1]);
    held[0]!();
    await first;
    await vi.waitFor(() => expect(held).toHaveLength(2));
    expect(acked).toBe(1);
    held[1]!();
    await Promise.all(others);
    expect([acked, syncs()]).toEqual([1 + MANY, 2]);
    letGo();
    expect(await stored()).toEqual({ n: 1 + MANY, ids: 1 + MANY });
  });

  it('within a window, all are acked while no sync was asked for; it comes before the blocks are written', async () => {
    await reopen(HOUR);
    await Promise.all(sendMany());
    expect([acked, syncs()]).toEqual([MANY, 0]);
    operations = [];
    letGo();
    expect(await stored()).toEqual({ n: MANY, ids: MANY });
    // Opening the first file of blocks comes next.
    expect(operations.indexOf('datasync')).toBe(0);
    expect(operations).toContain('open');
  });

  it('at the end of a window, one sync keeps all that was acked in it', async () => {
    await reopen(1);
    await Promise.all(sendMany());
    await vi.waitFor(() => expect(held.length).toBeGreaterThan(0));
    const writes = operations.filter((operation) => operation === 'writev').length;
    expect(acked).toBe(MANY);
    expect(held.length).toBeLessThanOrEqual(writes);
    letGo();
    expect(await stored()).toEqual({ n: MANY, ids: MANY });
  });

  it('after a sync that failed, what was acked is written as blocks and later bodies go elsewhere', async () => {
    await reopen(1);
    await send('before');
    await vi.waitFor(() => expect(held).toHaveLength(1));
    held[0]!(new Error('EIO: i/o error, fdatasync'));
    holding = false;
    await vi.waitFor(async () => {
      await send(`after ${acked}`);
      expect(operations.filter((operation) => operation === 'rename')).not.toEqual([]);
    });
    expect(await stored()).toEqual({ n: acked, ids: acked });
  });
});

describe('SIGKILL within the window', () => {
  it('loses nothing that was acked', async () => {
    const { path, remove } = await temporaryDirectory();
    const ingest = new KilledIngest(path, { commit_window: HOUR, segment_age: HOUR });
    for (let life = 0; life < 2; life++) {
      await ingest.start();
      await Promise.all(Array.from({ length: 10 }, (_, n) => ingest.deliverAll(`life${life} body${n}`)));
      await ingest.kill();
      // All of them lie in the segment in hand, which was neither synced nor written as blocks.
      const files = await readdir(join(path, 'spool'));
      const inHand = files.filter(
        (name) => name.endsWith('.spool') && !files.includes(name.replace('.spool', '.ready')),
      );
      expect(inHand).toHaveLength(1);
    }
    await ingest.start();
    expect(await ingest.end()).toBe(0);
    expect(await ingest.stored()).toEqual(ingest.expected());
    await remove();
  });
});
