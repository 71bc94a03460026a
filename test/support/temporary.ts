import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../daemon/store/store.ts';
import { defaultConfig } from '../../daemon/config/config.ts';

/** Tests store records of fixed dates, and a merge drops what is older than the retention. */
const KEPT_LONG = { spans_days: 3650, predictions_days: 3650, rollups_days: 3650, findings_days: 3650 };

/** A folder in memory, where there is one: for what is about no real disk. */
export const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A directory that lives as long as the test. */
export async function temporaryDirectory(parent = tmpdir()): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(parent, 'serin-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A real embedded store in a directory of its own; one a test file, because the engine lives once in a process. */
export async function temporaryStore(
  parent?: string,
): Promise<{ store: Store; directory: string; remove: () => Promise<void> }> {
  const { path, remove } = await temporaryDirectory(parent);
  const store = await openStore({ ...defaultConfig().store, ...KEPT_LONG }, path);
  return {
    store,
    directory: path,
    remove: async () => {
      await store.close();
      await remove();
    },
  };
}
