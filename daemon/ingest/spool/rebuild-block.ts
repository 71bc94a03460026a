import { rename } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { DOORS } from '../doors/doors.ts';
import { syncDirectory, writeDurably } from './durable-file.ts';
import { blockParts, rowsOf } from '../native/block.ts';
import type { Recovery } from './recover.ts';
import { bodyHash } from './remembered-bodies.ts';
import { readRemembered } from './remembered-file.ts';
import { DamagedBlock, FORGOTTEN, READY, REMEMBERED, SPOOL, type Sealed } from './seal.ts';
import { Segment } from './segment.ts';
import { readSpoolFile } from './spool-file.ts';
import { takeBody, type Taking } from '../take-body.ts';
import { Tally } from '../tally.ts';

/**
 * Writes one block of a sealed segment again from its bodies, which stay in the spool until the segment is loaded. What the
 * segment is remembered by tells which bodies and predictions were taken then: later repeats are not.
 * @throws DamagedBlock when the bodies are lost too, or hold no row of the table
 */
export async function rebuildBlock(
  sealed: Sealed,
  table: string,
  recovery: Pick<Recovery, 'directory' | 'surroundings' | 'taking' | 'log'>,
): Promise<Sealed> {
  const { directory } = recovery;
  const columns = (await readBodies(sealed.name, recovery)).tables().find(([name]) => name === table)?.[1];
  if (columns === undefined)
    throw new DamagedBlock(`the block of ${table} is damaged, and no body of the segment holds a row of it`);
  const parts = blockParts(columns);
  const entry = {
    table,
    columns: Object.keys(columns),
    rows: rowsOf(columns),
    bytes: parts.reduce((sum, part) => sum + part.byteLength, 0),
    crc: parts.reduce((sum, part) => crc32(part, sum), 0),
    file: `${directory}/${sealed.name}.${table}.native`,
  };
  const mended = { ...sealed, tables: sealed.tables.map((one) => (one.table === table ? entry : one)) };
  await writeDurably(entry.file, parts);
  const path = `${directory}/${sealed.name}${READY}`;
  await writeDurably(`${path}.new`, [Buffer.from(JSON.stringify(mended))]);
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
  return mended;
}

async function readBodies(
  name: string,
  { directory, surroundings, taking, log }: Parameters<typeof rebuildBlock>[2],
): Promise<Segment> {
  const path = `${directory}/${name}`;
  const { records, damages } = await readSpoolFile(path + SPOOL, name).catch((error: unknown) => {
    throw new DamagedBlock('a block is damaged, and the bodies of the segment cannot be read', { cause: error });
  });
  for (const damage of damages) {
    taking.tally.count('spool_damaged');
    log.error({ segment: name, ...damage }, 'the spool is damaged here as well: records are lost');
  }
  const remembered = await readRemembered(path + REMEMBERED)
    .catch(() => readRemembered(path + FORGOTTEN))
    .catch((error: unknown) => {
      throw new DamagedBlock('a block is damaged, and what the segment is remembered by cannot be read', {
        cause: error,
      });
    });
  const bodies = new Set(remembered.bodies.map(({ hash }) => hash));
  const prints = printsOf(remembered.prints);
  const again: Taking = { ...taking, tally: new Tally(), ids: { add: (print) => prints.delete(print.join()) } };
  const segment = new Segment(name, surroundings);
  for (const received of records)
    if (bodies.delete(bodyHash(DOORS.indexOf(received.door), received.body))) takeBody(received, segment, again);
  return segment;
}

function printsOf(bytes: Uint8Array): Set<string> {
  const numbers = new Uint32Array(new Uint8Array(bytes).buffer, 0, bytes.length >>> 2);
  const prints = new Set<string>();
  for (let at = 0; at + 4 <= numbers.length; at += 4) prints.add(numbers.subarray(at, at + 4).join());
  return prints;
}
