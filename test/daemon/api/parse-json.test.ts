import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../daemon/api/parse-json.ts';
import { SerinError } from '../../../daemon/errors.ts';

function faultOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof SerinError) return error.message;
    throw error;
  }
  return 'none';
}

describe('parseJson', () => {
  it.each([
    ['{"a": 1,}', 'line 1, column 9 there is "}"'],
    ['{"a": 1 "b": 2}', 'line 1, column 9 there is """'],
    ['[1,\n 2,\n x]', 'line 3, column 2 there is "x"'],
    ['{"a": NaN}', 'line 1, column 7 there is "N"'],
    ['{"a": -Infinity}', 'line 1, column 7 there is "-"'],
    ["{'a': 1}", 'line 1, column 2 there is "\'"'],
    ['{"a": 01}', 'line 1, column 8 there is "1"'],
    ['{"a": 1', 'line 1, column 8 the text ends'],
    ['{"a"', 'line 1, column 5 the text ends'],
    ['[', 'line 1, column 2 the text ends'],
    ['{} {}', 'line 1, column 4 there is "{"'],
    ['{"a": "x\ny"}', 'line 1, column 7 there is """'],
    ['[\u{1F426}]', 'line 1, column 2 there is "\u{1F426}"'],
    ['tru', 'line 1, column 1 there is "t"'],
  ])('names the place in %j', (text, place) => {
    expect(faultOf(text)).toContain(place);
  });

  it('finds a fault in exactly the texts that JSON.parse refuses', () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'{}[],:"\\0123.eE+-truefalsn \n'.split('')) }),
      fc.json().chain((text) => fc.nat(text.length).map((cut) => text.slice(0, cut))),
      fc
        .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"x'.split('')))
        .map(([text, at, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let right = true;
        try {
          JSON.parse(text);
        } catch {
          right = text.trim() === '';
        }
        // A key that is refused by name is not a question of form.
        fc.pre(!text.includes('__proto__'));
        const fault = faultOf(text);
        expect(fault === 'none').toBe(right);
        // The place is inside of the text, or right at its end.
        if (!right) {
          const [, line = '', column = ''] = /line (\d+), column (\d+)/.exec(fault) ?? [];
          expect(Number(line)).toBeLessThanOrEqual(text.split('\n').length);
          expect(Number(column)).toBeLessThanOrEqual(text.length + 1);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('takes an empty body for none', () => {
    expect(parseJson(' \n')).toBeUndefined();
  });

  it('refuses a key __proto__ at any depth, and takes constructor as a plain key', () => {
    expect(faultOf('{"a":[{"\\u005f_proto__":{"admin":true}}]}')).toContain('__proto__');
    expect(parseJson('{"constructor":{"prototype":1}}')).toEqual({ constructor: { prototype: 1 } });
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('is not brought down by depth', () => {
    const deep = '['.repeat(500_000);
    expect(faultOf(deep)).toContain('column 500001 the text ends');
    expect(() => parseJson(deep + ']'.repeat(500_000))).not.toThrow();
    expect(faultOf('{"a":'.repeat(200_000))).toContain('the text ends');
    expect(faultOf(`["${'a'.repeat(1_000_000)}`)).toContain('column 2 ');
  });
});
