import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CutIntake, NOTHING } from '../../../support/cut-intake.ts';
import { IN_MEMORY, temporaryStore } from '../../../support/temporary.ts';

/** Those of a start on what others left are in `scenarios/power-cut.faults.ts`. */
describe('a disk that is cut off between two operations', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore(IN_MEMORY);
  });
  afterAll(() => opened.remove());

  it('loses nothing that was acked and doubles nothing, whatever of the rest is there', async () => {
    const intake = new CutIntake(opened.store, opened.directory, Date.now());
    await intake.live(NOTHING, 'a');
    let cuts = 0;
    for (const { how, left } of intake.cuts()) {
      cuts++;
      expect(await intake.startAgain(left), how).toEqual([]);
    }
    expect(cuts).toBeGreaterThan(40);
  }, 120_000);
});
