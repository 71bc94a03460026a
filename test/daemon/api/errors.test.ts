import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorAnswer } from '../../../daemon/api/error-answer.ts';
import { ERRORS, SerinError, type ErrorCode } from '../../../daemon/errors.ts';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';

interface Row {
  readonly code: string;
  readonly status: number;
  readonly meaning: string;
  readonly hint: string;
}

/** The rows of the one table of a document whose first cell is a code. */
function rowsOf(text: string): Row[] {
  return [...text.matchAll(/^\| `(\w+)` \| (\d+) \| (.+) \| (.+) \|$/gm)].map(
    ([, code = '', status, meaning = '', hint = '']) => ({ code, status: Number(status), meaning, hint }),
  );
}

describe('docs/errors.md', async () => {
  const documented = rowsOf(await readFile(join(PACKAGE_ROOT, 'docs/errors.md'), 'utf8'));
  const declared: Row[] = Object.entries(ERRORS).map(([code, error]) => ({ code, ...error }));

  it('has every code of the program, with its status, meaning and what to do', () => {
    for (const error of declared) expect(documented).toContainEqual(error);
    expect(declared.length).toBeGreaterThan(20);
  });

  it('has no code that the program does not know, and none twice', () => {
    for (const row of documented) expect(declared).toContainEqual(row);
    expect(new Set(documented.map(({ code }) => code)).size).toBe(documented.length);
    expect(documented.length).toBe(declared.length);
  });

  it('names statuses of errors alone, and a cure that is a sentence', () => {
    for (const { status, meaning, hint } of declared) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(meaning).toMatch(/\.$/);
      expect(hint).toMatch(/\.$/);
      // A pipe would end the cell.
      expect(meaning + hint).not.toContain('|');
    }
  });
});

describe('the answer to an error', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[];

  it.each(codes)('%s has its status, and Retry-After where coming back helps', (code) => {
    const answer = errorAnswer(new SerinError(code, 'what happened', { field: 'x' }), 'r1');
    expect(answer.status).toBe(ERRORS[code].status);
    expect(answer.body).toEqual({ error: { code, message: 'what happened', field: 'x', hint: ERRORS[code].hint } });
    expect('retry-after' in answer.headers).toBe([429, 503].includes(answer.status));
  });

  it('rounds Retry-After up to whole seconds, at least one', () => {
    const after = (retryAfterSeconds: number): string | undefined =>
      errorAnswer(new SerinError('full', 'm', { retryAfterSeconds }), 'r1').headers['retry-after'];
    expect([after(0), after(0.2), after(7), after(7.01)]).toEqual(['1', '1', '7', '8']);
  });

  it('tells nothing of the inside when what was thrown is unknown', () => {
    for (const thrown of [new Error('password=hunter2'), new TypeError('x is undefined'), 'text', null, undefined, 7]) {
      const { status, body, log } = errorAnswer(thrown, 'r1');
      expect({ status, log }).toEqual({ status: 500, log: 'error' });
      expect(body.error.code).toBe('internal');
      expect(JSON.stringify(body)).not.toMatch(/hunter2|undefined|text/);
      expect(body.error.message).toContain('r1');
    }
  });
});
