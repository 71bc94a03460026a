import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CutIntake, NOTHING } from '../support/cut-intake.ts';
import { IN_MEMORY, temporaryStore } from '../support/temporary.ts';

const MINUTE = 60_000;

/** About 5 minutes. */
describe('a disk that is cut off between any two operations', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let intake: CutIntake;
  beforeAll(async () => {
    opened = await temporaryStore(IN_MEMORY);
    intake = new CutIntake(opened.store, opened.directory, Date.now());
  });
  afterAll(() => opened.remove());

  it(
    'loses nothing that was acked and doubles nothing, whatever of the rest is there',
    async () => {
      await intake.live(NOTHING, 'a', 'b');
      // What it takes up has a cut at each of its operations, too.
      const starts = {
        nothing: NOTHING,
        'bodies alone': intake.diedBefore('acked spans b'),
        'blocks that are not ready': intake.diedBefore('rename', 2),
        'a load half done': intake.diedBefore('confirmed', 3),
        'a load that is done': intake.diedBefore('remove'),
      };
      const wrong: string[] = [];
      const counts: string[] = [];
      for (const [name, start] of Object.entries(starts)) {
        if (start !== NOTHING) await intake.live(start, 'c');
        let cuts = 0;
        for (const { how, left } of intake.cuts()) {
          cuts++;
          const found = await intake.startAgain(left);
          if (found.length > 0) wrong.push(`a start on ${name}, ${how}: ${found.join('; ')}`);
        }
        counts.push(`${cuts} on ${name}`);
      }
      process.stdout.write(`cuts: ${counts.join(', ')}; wrong: ${wrong.join('\n') || 'none'}\n`);
      expect(wrong).toEqual([]);
    },
    60 * MINUTE,
  );
});
