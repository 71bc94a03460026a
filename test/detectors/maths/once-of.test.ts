import { expect, it } from 'vitest';
import { onceOf } from '../../../detectors/maths/once-of.ts';

it('works out once what is asked of one summary, and anew where what it is asked by has changed', () => {
  const asked: [string, number][] = [];
  const known = onceOf((of: { readonly name: string }, by: number) => {
    asked.push([of.name, by]);
    return `${of.name} ${by}`;
  });
  const [one, other] = [{ name: 'one' }, { name: 'other' }];
  expect([known(one, 1), known(one, 1), known(other, 1), known(one, 2), known(one, 1)]).toEqual([
    'one 1',
    'one 1',
    'other 1',
    'one 2',
    'one 1',
  ]);
  expect(asked).toEqual([
    ['one', 1],
    ['other', 1],
    ['one', 2],
    ['one', 1],
  ]);
});
