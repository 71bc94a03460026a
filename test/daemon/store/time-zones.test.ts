import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseHttp } from '../../support/clickhouse-http.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { TURNS, type ZoneReport } from '../../support/time-zone-process.ts';
import { RUN_TYPESCRIPT } from '../../support/run-typescript.ts';

const ENTRY = fileURLToPath(new URL('../../support/time-zone-process.ts', import.meta.url));
const HOUR = 3_600_000;

/** Runs `time-zone-process.ts` in a time zone. */
async function report(zone: string, directory: string, does: 'read' | 'write', url?: string): Promise<ZoneReport> {
  const given = [...RUN_TYPESCRIPT, ENTRY, directory, does, ...(url === undefined ? [] : [url])];
  const { stdout } = await promisify(execFile)(process.execPath, given, {
    env: { ...process.env, TZ: zone },
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as ZoneReport;
}

describe('a machine in another time zone', () => {
  let directories: Awaited<ReturnType<typeof temporaryDirectory>>[];
  let [utc, west, east]: ZoneReport[] = [];
  beforeAll(async () => {
    directories = [await temporaryDirectory(), await temporaryDirectory()];
    const [there, here] = directories;
    [utc, west] = await Promise.all([
      report('UTC', there!.path, 'write'),
      report('America/New_York', here!.path, 'write'),
    ]);
    // The same data, moved to where clocks are turned by half an hour.
    east = await report('Australia/Lord_Howe', here!.path, 'read');
  }, 120_000);
  afterAll(() => Promise.all(directories.map(({ remove }) => remove())));

  it('has the windows, months, hours and rollups of UTC on days of 23 and 25 hours, also after it was moved', () => {
    expect([utc, west, east].map((one) => one!.zone)).toEqual(['UTC', 'America/New_York', 'Australia/Lord_Howe']);
    expect({ ...west, zone: '' }).toEqual({ ...utc, zone: '' });
    expect({ ...east, zone: '' }).toEqual({ ...utc, zone: '' });
  });

  it('has those of UTC on a server in yet another zone, too', async () => {
    const server = await startClickHouseHttp('Asia/Kathmandu');
    const directory = await temporaryDirectory();
    try {
      const there = await report('America/New_York', directory.path, 'write', server.url);
      expect({ ...there, zone: '' }).toEqual({ ...utc, zone: '' });
      const zoneOf = new URL('/?query=SELECT+timezone()+AS+zone+FORMAT+TSV', server.url);
      expect(await (await fetch(zoneOf, { method: 'POST' })).text()).toBe('Asia/Kathmandu\n');
    } finally {
      await server.stop();
      await directory.remove();
    }
  }, 120_000);

  it('counts every prediction in its day, its hour and its month', () => {
    const { months, hours, rollups, rebuilt, findings } = utc as unknown as {
      months: { month: number; predictions: number }[];
      hours: { hour: number }[];
      rollups: { kind: string; count: number }[];
      rebuilt: unknown;
      findings: string[];
    };
    expect(months.map(({ month, predictions }) => [month, predictions])).toEqual([
      [202603, 96],
      [202604, 96],
      [202610, 36],
      [202611, 60],
      [202802, 48],
      [202803, 48],
    ]);
    expect(hours.every(({ hour }) => hour % HOUR === 0)).toBe(true);
    const scored = rollups.filter(({ kind }) => kind === 'score').reduce((sum, { count }) => sum + count, 0);
    expect(scored).toBe(96 * Object.keys(TURNS).length);
    expect(rebuilt).toEqual(rollups);
    expect(findings.every((line) => /^\d{4}-\d\d-\d\dT00:00:00.000Z 1,/.test(line))).toBe(true);
    for (const day of ['2026-03-08', '2026-10-31', '2026-11-01', '2028-02-29', '2028-03-01'])
      expect(
        findings.some((line) => line.startsWith(day)),
        day,
      ).toBe(true);
  });
});
