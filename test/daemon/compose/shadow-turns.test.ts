import { expect, it } from 'vitest';
import { shadowTurns } from '../../../daemon/compose/shadow-turns.ts';

it('live shadows are let go of when another daemon takes charge, and taken up from what is stored', async () => {
  let number: number | null = 1;
  const done: string[] = [];
  const shadows = { turn: async () => void done.push('turn'), rest: async () => void done.push('rest') };
  const turn = shadowTurns(shadows, { held: () => number !== null, number: () => number });
  for (const next of [1, null, null, 3, 3, 5]) {
    number = next;
    await turn();
  }
  expect(done).toEqual(['turn', 'rest', 'rest', 'turn', 'turn', 'rest', 'turn']);
});
