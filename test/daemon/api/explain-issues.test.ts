import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as contract from '../../../daemon/api/contract.ts';
import { explainIssues } from '../../../daemon/api/explain-issues.ts';

function explain(schema: z.ZodType, input: unknown): { message: string; field: string | undefined } {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('the input is right');
  const { message, field } = explainIssues(parsed.error.issues, schema, input);
  return { message, field };
}

const replay = { model: 'm', candidate: 'v2', from: '2026-01-31T09:30:00Z', to: '2026-01-31T10:30:00Z' };
const versions = { version: 'v2', path: 'v2' };

describe('explainIssues', () => {
  it.each([
    [contract.modelChange, { treshold: 0.5 }, 'treshold', 'treshold is not known; did you mean threshold?'],
    [contract.verdictQuery, { nonsense: '1' }, 'nonsense', 'nonsense is not known; known are format.'],
    [contract.modelChange, { threshold: 'high' }, 'threshold', 'threshold is "high"; it must be a number.'],
    [contract.modelChange, { threshold: null }, 'threshold', 'threshold is null; it must be a number.'],
    [contract.modelChange, { slices: [1] }, 'slices[0]', 'slices[0] is 1; it must be a string.'],
    [
      contract.modelChange,
      { kind: 'binray' },
      'kind',
      'kind is "binray"; did you mean binary? It must be one of binary, multiclass, regression.',
    ],
    [
      contract.modelChange,
      { window: 'an hour' },
      'window',
      'window is "an hour"; write a length of time such as 30s, 5m, 1h or 7d.',
    ],
    [
      contract.modelChange,
      { detectors: { psi: { limit: 'low' } } },
      'detectors.psi.limit',
      'detectors.psi.limit is "low"; it must be a number.',
    ],
    [contract.replayRequest, { ...replay, from: undefined }, 'from', 'from is missing; it must be a string.'],
    [
      contract.replayRequest,
      { ...replay, from: '2026-01-31 09:30' },
      'from',
      'from is "2026-01-31 09:30"; write an RFC 3339 time such as 2026-01-31T09:30:00Z (in an address, + is written %2B).',
    ],
    [contract.replayRequest, { ...replay, limit: 0 }, 'limit', 'limit is 0; too small: expected number to be >=1.'],
    [contract.replayRequest, undefined, undefined, 'the body is missing; it must be an object.'],
    [contract.replayRequest, [], undefined, 'the body is an array of 0; it must be an object.'],
    [
      contract.versionRegistration,
      { ...versions, inputs: [{ feature: 'a', meen: 3 }] },
      'inputs[0].meen',
      'inputs[0].meen is not known; did you mean mean?',
    ],
    [
      contract.evaluation,
      {
        model: 'm',
        reference: { from: replay.from, to: replay.to, fro: 1 },
        from: replay.from,
        to: replay.to,
        window: '2h',
      },
      'reference.fro',
      'reference.fro is not known; did you mean from? window is "2h"; did you mean 1h? It must be one of 1h, 6h, 1d, 1w, 1mo.',
    ],
  ] as const)('%#: names field, value and fix', (schema, input, field, message) => {
    expect(explain(schema, input)).toEqual({ message, field });
  });

  it('tells five problems and counts the others', () => {
    const { message } = explain(contract.modelChange, { slices: Array.from({ length: 9 }, () => 1) });
    expect(message).toMatch(/^slices\[0\].* slices\[4\] .* and 4 more\.$/);
  });

  it('quotes the beginning of what is long, and nothing of what is nested', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(explain(contract.modelChange, { threshold: 'x'.repeat(1_000_000) }).message.length).toBeLessThan(200);
    expect(explain(contract.modelChange, { threshold: deep }).message).toContain('threshold is an array of 1');
    expect(explain(contract.modelChange, { ['y'.repeat(1_000_000)]: 1 }).message.length).toBeLessThan(500);
  });
});
