import { rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { DOORS } from '../doors/doors.ts';
import { newLoad, resumedLoad, type Load } from '../load/load.ts';
import type { Memory } from './memory.ts';
import { bodyHash } from './remembered-bodies.ts';
import { READY, SPOOL, type Sealed } from './seal.ts';
import type { Sealing } from './sealing.ts';
import { numberOf, Segment, type Surroundings } from './segment.ts';
import { readSpoolFile } from './spool-file.ts';
import { scanSpool } from './spool-scan.ts';
import { takeBody, type Taking } from '../take-body.ts';

export interface Recovery {
  readonly directory: string;
  readonly now: number;
  readonly memory: Memory;
  readonly surroundings: Surroundings;
  readonly taking: Taking;
  readonly sealing: Sealing;
  readonly log: Logger;
}

/**
 * Takes up what an earlier life left in the spool. Sealed segments are loaded from their blocks. The others were never
 * offered to the store, or their blocks are lost, so they are read once more through the same door, in the order of the spool, after everything
 * remembered of the segments before them: what was a repeat then is one now.
 * @returns the greatest number of a segment that is known of
 */
export async function recover(recovery: Recovery): Promise<number> {
  const { directory, now, memory, taking, sealing, log } = recovery;
  const found = await scanSpool(directory, now - taking.limits.remember, log);
  for (const { path, content } of found.remembered) memory.recall(path, content);
  for (const { load, spoolBytes } of found.sealed) sealing.resume(load, spoolBytes);
  for (const { name, offered } of found.unread) await readAgain(name, offered ? resumedLoad : newLoad, recovery);
  if (found.sealed.length + found.unread.length > 0)
    log.info({ sealed: found.sealed.length, unread: found.unread.length }, 'took up the segments of an earlier run');
  return Math.max(0, ...found.names.map(numberOf).filter(Number.isFinite));
}

async function readAgain(name: string, toLoad: (sealed: Sealed) => Load, recovery: Recovery): Promise<void> {
  const { directory, memory, surroundings, taking, sealing, log } = recovery;
  const { records, damages } = await readSpoolFile(`${directory}/${name}${SPOOL}`, name);
  for (const damage of damages) {
    taking.tally.count('spool_damaged');
    log.error(
      { segment: name, ...damage },
      'the spool is damaged here; a tail was never acked if the last write was cut',
    );
  }
  const segment = new Segment(name, surroundings);
  let bytes = 0;
  for (const received of records) {
    bytes += received.body.byteLength;
    const hash = bodyHash(DOORS.indexOf(received.door), received.body);
    const { receivedAt } = received;
    if (memory.bodies.find(hash, receivedAt) !== undefined) continue;
    try {
      const answer = takeBody(received, segment, taking);
      taking.tally.cameThrough(received.door);
      segment.remember({ hash, receivedAt, answer });
      memory.bodies.add({ hash, receivedAt, answer });
    } catch (error) {
      // Refused then, refused now; its sender was told.
      log.debug({ err: error, segment: name }, 'a body of the spool is refused');
    }
  }
  if (segment.bodies.length === 0) {
    // Nothing was acked, or all of it is remembered by other segments.
    for (const suffix of [READY, SPOOL]) await rm(`${directory}/${name}${suffix}`, { force: true });
    return;
  }
  sealing.push(segment, bytes, () => Promise.resolve(), toLoad);
  await sealing.idle();
}
