import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeStatements, migrate } from '../../../daemon/store/migrate.ts';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';
import { temporaryStore } from '../../support/temporary.ts';

const RETENTION = { spansDays: 1, predictionsDays: 2, rollupsDays: 3, findingsDays: 4 };
const FOLDER = join(PACKAGE_ROOT, 'daemon/store/migrations');
const files = readdirSync(FOLDER).sort();
const sql = files.map((file) => readFileSync(join(FOLDER, file), 'utf8'));

describe('migrations', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('are numbered without a gap', () => {
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_file, at) => at + 1));
  });

  it('are applied once, and may be begun again after a stop in the middle', async () => {
    expect(await migrate(opened.store.writer, RETENTION)).toEqual([]);
    await opened.store.writer.run(
      'ALTER TABLE {database}.migrations DELETE WHERE number = 2 SETTINGS mutations_sync = 1',
    );
    expect(await migrate(opened.store.writer, RETENTION)).toEqual([2]);
  });

  it('refuse a schema that is newer than the program', async () => {
    await opened.store.writer.insert('migrations', [{ number: 9999, name: 'from-the-future' }]);
    await expect(migrate(opened.store.writer, RETENTION)).rejects.toThrow(/9999.*start the newer version/);
  });

  it('give every time the zone UTC, so that months and hours do not follow the machine', () => {
    const times = sql.flatMap((text) => text.match(/\bDateTime(64)?\b(\([^)]*\))?/g) ?? []);
    expect(times.length).toBeGreaterThan(15);
    expect(times.filter((time) => !time.endsWith("'UTC')"))).toEqual([]);
  });

  it('leave no placeholder open, for one machine or a cluster', () => {
    for (const text of sql) {
      for (const cluster of [undefined, 'prod']) {
        const statements = completeStatements(text, RETENTION, cluster);
        expect(statements.length).toBeGreaterThan(0);
        expect(statements.filter((statement) => /\{(?!database\})/.test(statement))).toEqual([]);
      }
    }
  });

  it('make every table replicated on a cluster', () => {
    const statements = sql.flatMap((text) => completeStatements(text, RETENTION, 'prod'));
    expect(statements.filter((statement) => !statement.includes("ON CLUSTER 'prod'"))).toEqual([]);
    expect(statements.filter((statement) => /ENGINE = (?!Replicated)/.test(statement))).toEqual([]);
    expect(statements.filter((statement) => /non_replicated/.test(statement))).toEqual([]);
  });
});
