import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROOMS = ['daemon', 'detectors', 'shadow', 'dashboards', 'examples', 'test'];

interface Import {
  readonly from: string;
  /** A path in the tree, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Doors that no import may go through; `undefined` lets it pass. */
type Door = (entry: Import) => string | undefined;

const inside = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);
const isPackage = (to: string): boolean => !ROOMS.some((room) => inside(to, room));

const APART = ['api', 'ingest', 'alerts', 'rollout', 'retrain'].map((room) => `daemon/${room}`);
const TENSORFLOW = /^@tensorflow\//;
const PURE = /^(simple-statistics|cephes)$/;
/** Only `main.ts` and the room `compose` see several rooms. */
const isJoiner = (from: string): boolean => inside(from, 'daemon/compose') || from === 'daemon/main.ts';

const DOORS: Readonly<Record<string, Door>> = {
  'detectors are pure: themselves, statistics and special functions': ({ from, to }) =>
    inside(from, 'detectors') && !inside(to, 'detectors') && !PURE.test(to) ? 'detectors' : undefined,
  'shadow knows detectors and TensorFlow.js; no store, no HTTP, no mail': ({ from, to }) =>
    inside(from, 'shadow') &&
    !['shadow', 'detectors'].some((room) => inside(to, room)) &&
    !TENSORFLOW.test(to) &&
    !/^node:(?!http|https|net|tls|dgram|http2)/.test(to)
      ? 'shadow'
      : undefined,
  'daemon never imports dashboards, examples or tests': ({ from, to }) =>
    inside(from, 'daemon') && ['dashboards', 'examples', 'test'].some((room) => inside(to, room))
      ? 'daemon'
      : undefined,
  'api, ingest, alerts, rollout and retrain do not import one another': ({ from, to }) => {
    const room = APART.find((one) => inside(from, one));
    return room !== undefined && APART.some((other) => other !== room && inside(to, other)) ? room : undefined;
  },
  'only compose joins the rooms': ({ from, to }) =>
    inside(from, 'daemon') &&
    !APART.some((room) => inside(from, room)) &&
    !isJoiner(from) &&
    APART.some((room) => inside(to, room)) &&
    !(from === 'daemon/config/config.ts' && to === 'daemon/alerts/channels.ts') &&
    !(inside(from, 'daemon/cli') && to === 'daemon/api/contract.ts')
      ? from
      : undefined,
  'dashboards take only types, from the contract alone': ({ from, to, typeOnly }) =>
    inside(from, 'dashboards') &&
    !isPackage(to) &&
    !inside(to, 'dashboards') &&
    !(to === 'daemon/api/contract.ts' && typeOnly)
      ? 'dashboards'
      : undefined,
  'only alerts/email.ts knows nodemailer': ({ from, to }) =>
    inside(from, 'daemon') && to === 'nodemailer' && from !== 'daemon/alerts/email.ts' ? from : undefined,
  'only store/client.ts knows the engine': ({ from, to }) =>
    inside(from, 'daemon') &&
    (to === '@clickhouse/client' || to.startsWith('chdb')) &&
    from !== 'daemon/store/client.ts' &&
    from !== 'daemon/cli/doctor.ts'
      ? from
      : undefined,
  'nothing but tests imports a test': ({ from, to }) =>
    !inside(from, 'test') && inside(to, 'test') ? from : undefined,
};

async function sources(): Promise<string[]> {
  const found: string[] = [];
  for (const room of ROOMS) {
    for (const entry of await readdir(join(ROOT, room), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
      found.push(relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
    }
  }
  return found.sort();
}

function importsOf(file: string): Import[] {
  return importsIn(readFileSync(join(ROOT, file), 'utf8'), file);
}

function importsIn(text: string, file: string): Import[] {
  const statement =
    /^(?:import|export)(\s+type)?\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...text.matchAll(statement)].map((match) => {
    const named = match[2] ?? match[3] ?? match[4] ?? '';
    const to = named.startsWith('.')
      ? relative(ROOT, resolve(ROOT, dirname(file), named))
          .split(sep)
          .join('/')
      : named;
    return { from: file, to, typeOnly: match[1] !== undefined };
  });
}

describe('rooms and doors', async () => {
  const files = await sources();
  const imports = files.flatMap(importsOf);

  it.each(Object.entries(DOORS))('%s', (_name, door) => {
    expect(imports.filter((entry) => door(entry) !== undefined).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('looked at every file and every import', () => {
    process.stdout.write(
      `rooms: ${files.length} files, ${imports.length} imports, ${Object.keys(DOORS).length} doors\n`,
    );
    expect(files.length).toBeGreaterThan(100);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it.each([
    [
      'detectors/drift/x.ts',
      "import { a } from '../../daemon/clock.ts';",
      'detectors are pure: themselves, statistics and special functions',
    ],
    [
      'detectors/drift/x.ts',
      "import { readFile } from 'node:fs';",
      'detectors are pure: themselves, statistics and special functions',
    ],
    [
      'shadow/x.ts',
      "import http from 'node:http';",
      'shadow knows detectors and TensorFlow.js; no store, no HTTP, no mail',
    ],
    [
      'daemon/alerts/x.ts',
      "import type {\n  A,\n} from '../retrain/retraining.ts';",
      'api, ingest, alerts, rollout and retrain do not import one another',
    ],
    ['daemon/watch/x.ts', "export { a } from '../alerts/alerts.ts';", 'only compose joins the rooms'],
    [
      'dashboards/x.ts',
      "import { model } from '../daemon/api/contract.ts';",
      'dashboards take only types, from the contract alone',
    ],
    ['daemon/api/x.ts', "import nodemailer from 'nodemailer';", 'only alerts/email.ts knows nodemailer'],
    ['daemon/watch/x.ts', "const c = await import('chdb/connection');", 'only store/client.ts knows the engine'],
    ['daemon/x.ts', "import '../test/support/temporary.ts';", 'nothing but tests imports a test'],
  ])('sees %s go through a closed door', (file, text, name) => {
    expect(importsIn(text, file).some((entry) => DOORS[name]!(entry) !== undefined)).toBe(true);
  });

  it('finds SQL in the store alone', () => {
    const sql = /\b(SELECT\s+[\w(*'`{]|INSERT INTO\s|CREATE TABLE\s|ALTER TABLE\s)/;
    const elsewhere = files
      .filter((file) => inside(file, 'daemon') && !inside(file, 'daemon/store') && file !== 'daemon/cli/doctor.ts')
      .filter((file) => sql.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(elsewhere).toEqual([]);
  });

  it('lets only main.ts end the process', () => {
    const ending = files
      .filter((file) => !inside(file, 'test') && !inside(file, 'examples'))
      .filter((file) => /process\.exit\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(ending).toEqual(['daemon/main.ts']);
  });
});
