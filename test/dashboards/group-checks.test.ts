import { expect, it } from 'vitest';
import type { Check } from '../../daemon/api/contract.ts';
import { countStates, groupChecks } from '../../dashboards/pages/rollout/group-checks.ts';

const check = (name: string, slice: string, state: Check['state'], evidence: number | null = 0.1): Check =>
  ({ name, slice, state, e_value: evidence }) as Check;

const said = (checks: readonly Check[]) =>
  groupChecks(checks).map(({ name, shown, folded }) => [
    name,
    ...[shown, folded].map((of) => of.map((one) => one.slice)),
  ]);

it('shows all traffic and what is harmful or points to harm, the worst guardrail first, and folds the rest', () => {
  const checks = [
    check('errors', 'all', 'safe'),
    check('errors', 'region=EU', 'safe'),
    check('errors', 'region=US', 'insufficient', null),
    check('decline_rate', 'region=EU', 'safe'),
    check('decline_rate', 'region=NZ', 'harmful', 900),
    check('decline_rate', 'all', 'undecided', 1.2),
    check('decline_rate', 'region=US', 'undecided', 7),
    check('latency_p95', 'all', 'undecided'),
  ];
  expect(said(checks)).toEqual([
    ['decline_rate', ['region=NZ', 'region=US', 'all'], ['region=EU']],
    ['latency_p95', ['all'], []],
    ['errors', ['all'], ['region=US', 'region=EU']],
  ]);
});

it('shows the worst slice of a guardrail that does not judge all traffic', () => {
  const checks = [check('loss', 'region=EU', 'safe'), check('loss', 'region=US', 'undecided')];
  expect(said(checks)).toEqual([['loss', ['region=US'], ['region=EU']]]);
});

it('loses no check, and says how many of the folded ones are in which state', () => {
  const checks = ['a', 'b', 'c'].map((slice, at) => check('errors', slice, at === 0 ? 'insufficient' : 'safe'));
  const [group] = groupChecks(checks);
  expect([...group!.shown, ...group!.folded]).toHaveLength(3);
  expect(countStates(group!.folded)).toBe('2 safe');
  expect(countStates(checks)).toBe('1 insufficient, 2 safe');
});
