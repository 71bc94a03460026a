import { describe, expect, it } from 'vitest';
import { RecordScanner, TOKEN } from '../../../../daemon/ingest/decode/record-scanner.ts';
import { randomFrom } from '../../../support/golden-spans.ts';
import { mutate, mutateJson } from '../../../support/mutate.ts';

const scanner = new RecordScanner();
const LEFT = Symbol('left to JSON.parse');

/** What the tape says, as `JSON.parse` would have it. */
function scanned(body: Uint8Array, start = 0, end = body.length): unknown {
  const tokens = scanner.scan(body, start, end);
  scanner.release();
  if (tokens < 0) return LEFT;
  const { input, kinds, names, numbers, starts, ends } = scanner.tape;
  const text = (token: number): string => input.toString('utf8', starts[token], ends[token]);
  const value = (token: number): unknown => {
    switch (kinds[token]!) {
      case TOKEN.NUMBER:
        return numbers[token];
      case TOKEN.LONG_NUMBER:
        return Number(text(token));
      case TOKEN.TEXT:
        return text(token);
      case TOKEN.ESCAPED:
        return JSON.parse(`"${text(token)}"`);
      case TOKEN.NULL:
        return null;
      case TOKEN.OBJECT:
        return members(token + 1, starts[token]!);
      case TOKEN.NUMBERS:
        return Array.from({ length: starts[token]! - token - 1 }, (_, at) => value(token + 1 + at));
      default:
        return kinds[token] === TOKEN.TRUE;
    }
  };
  const members = (from: number, to: number): unknown => {
    const object: Record<string, unknown> = {};
    for (let token = from; token < to; token = kinds[token]! >= TOKEN.OBJECT ? starts[token]! : token + 1)
      Object.defineProperty(object, scanner.name(names[token]!), { value: value(token), enumerable: true });
    return object;
  };
  return members(0, tokens);
}

function scan(json: string): unknown {
  return scanned(Buffer.from(json));
}

/** Every own property and its order, NaN and -0 as themselves. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, inner]) => `${JSON.stringify(name)}:${shown(inner)}`)
      .join()}}`;
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

describe('the scanner of JSON', () => {
  it('finds for 300,000 numbers of every form the double that JavaScript finds', () => {
    const random = randomFrom(7);
    const below = (most: number): number => Math.floor(random() * most);
    const bits = new DataView(new ArrayBuffer(8));
    const any = (): number => {
      bits.setUint32(0, below(2 ** 32));
      bits.setUint32(4, below(2 ** 32));
      return bits.getFloat64(0);
    };
    const digits = (count: number): string => Array.from({ length: count }, () => below(10)).join('');
    const forms: (() => string)[] = [
      () => String(any()),
      () => String(random()),
      () => (random() * 10 ** below(20)).toFixed(below(12)),
      () => `${1 + below(9)}${digits(below(25))}`,
      () => `-${below(10)}.${digits(1 + below(22))}e${below(700) - 350}`,
      () => `${1 + below(9)}${digits(below(18))}E+${below(310)}`,
      // Half way between two doubles, and beside it.
      () => `${(2n ** 53n + 2n * BigInt(below(2 ** 30)) + 1n) * 2n ** BigInt(below(10))}${below(2) === 0 ? '' : '.0'}`,
      () => `${9_007_199_254_740_992n + BigInt(below(2 ** 20))}.${'5'.padEnd(1 + below(3), '0')}`,
    ];
    const wrong: string[] = [];
    let [exact, long] = [0, 0];
    while (exact + long < 300_000) {
      const text = forms[below(forms.length)]!();
      if (!/\d/.test(text)) continue;
      const found = scan(`{"a":${text}}`) as { a: number };
      if (!Object.is(found.a, Number(text))) wrong.push(text);
      if (scanner.tape.kinds[0] === TOKEN.NUMBER) exact++;
      else long++;
    }
    expect(wrong).toEqual([]);
    expect(exact).toBeGreaterThan(long);
  });

  it.each([
    '0',
    '-0',
    '0.0',
    '-0.0',
    '1e22',
    '1e23',
    '9007199254740993',
    '5e-324',
    '2.2250738585072014e-308',
    '1.7976931348623157e308',
    '1e999',
    '-1e999',
    '1e-999',
    '123456789012345678',
    '0e5',
    '1E5',
    '1e+05',
    '100000000000000000000000',
  ])('reads the number %s', (text) => {
    expect(shown(scan(`{"a":${text}}`))).toBe(shown({ a: Number(text) }));
  });

  it.each([
    '01',
    '-',
    '+1',
    '.5',
    '1.',
    '1e',
    '1e+',
    '0x1',
    'NaN',
    'Infinity',
    '1_000',
    '--1',
    '1.2.3',
    '- 1',
    '1 2',
    'tru',
    'nul',
    'falsy',
    'True',
    "'a'",
    '"a',
    '"\\x"',
    '"\\u12g4"',
    '"\\',
    '"\t"',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{',
    '{"b":1,}',
    '{b:1}',
    '',
  ])('takes nothing that JSON does not have: %s', (text) => {
    expect(() => JSON.parse(`{"a":${text}}`)).toThrow(SyntaxError);
    expect(scan(`{"a":${text}}`)).toBe(LEFT);
  });

  it.each([
    ['a name given twice', '{"a":1,"b":2,"a":3}'],
    ['a name given twice within', '{"f":{"a":1,"a":3}}'],
    ['a name with an escape', '{"\\u0061":1}'],
    ['a name that may be an index', '{"b":1,"7":2}'],
    ['an object within an object within', '{"f":{"a":{}}}'],
    ['an array of anything but numbers', '{"f":{"a":[1,"x"]}}'],
    ['an array', '[1]'],
    ['a number', '1'],
    ['nothing', ''],
    ['blanks', ' \t '],
    ['something behind it', '{"a":1} x'],
    ['two of them', '{"a":1}{"a":1}'],
  ])('leaves %s', (_, json) => {
    expect(scan(json)).toBe(LEFT);
  });

  it.each([
    '{}',
    ' { } ',
    '{"a":{}}',
    '{"a":[]}',
    '{ "a" : 1 , "b" : "x" }\r',
    '{"a":null,"b":true,"c":false}',
    '{"":""}',
    '{"score":1,"features":{"score":2},"x":3}',
    '{"__proto__":1,"constructor":{"toString":2}}',
    '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00"}',
    '{"ä":"ü","long name of more than sixteen bytes ä":"日本"}',
    `{"a":"${'x'.repeat(100)}","b":[1,-2.5,3e-7]}`,
    '{"a":"\u007f"}',
  ])('reads %s', (json) => {
    expect(shown(scan(json))).toBe(shown(JSON.parse(json)));
  });

  it('reads of a body what lies between two places, whatever stands around', () => {
    const body = Buffer.from('1{"a":12}3"');
    expect(scanned(body, 1, 9)).toEqual({ a: 12 });
    expect(scanned(Buffer.from('{"a":12'), 0, 7)).toBe(LEFT);
    expect(scanned(Buffer.from('{"a":"x'), 0, 7)).toBe(LEFT);
    expect(scanned(Buffer.from('{"a":"x"}'), 0, 8)).toBe(LEFT);
    expect(scanned(Buffer.from('{"a":"x\\"}'), 0, 9)).toBe(LEFT);
  });

  it('is told from another body by nothing but the body', () => {
    const one = Buffer.from('{"a":1}');
    const two = Buffer.from('{"a":2}');
    expect([scanned(one), scanned(two), scanned(one)]).toEqual([{ a: 1 }, { a: 2 }, { a: 1 }]);
  });

  it('leaves a record that is larger than its memory, and reads those around it', () => {
    const small = '{"a":1}';
    const large = JSON.stringify({ a: 'x'.repeat(300_000) });
    const body = Buffer.from(`${small}\n${large}\n${small}`);
    expect(scanner.scan(body, 0, 7)).toBe(1);
    expect(scanner.scan(body, 8, 8 + large.length)).toBe(-1);
    expect(scanner.scan(body, 9 + large.length, body.length)).toBe(1);
    scanner.release();
  });

  it('leaves what has more tokens or names than it can hold, and reads on after it has forgotten', () => {
    const wide = (count: number, prefix: string) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, at])));
    expect(shown(scan(wide(5000, 'a')))).toBe(wide(5000, 'a'));
    expect(scan(wide(20_000, 'a'))).toBe(LEFT);
    expect(scan(wide(5000, 'b'))).toBe(LEFT);
    const before = scanner.generation;
    scanner.reset();
    expect(scanner.generation).toBe(before + 1);
    expect(shown(scan(wide(5000, 'b')))).toBe(wide(5000, 'b'));
  });

  it('never takes what JSON.parse does not, nor otherwise, of 60,000 records that were meddled with', () => {
    const random = randomFrom(11);
    const below = (most: number): number => Math.floor(random() * most);
    const names = ['score', 'value', 'a', 'ä', 'feature_01', 'feature_02', 'a name of more than sixteen bytes'];
    const leaf = (): unknown =>
      [below(100), random(), -random() * 1e9, `text ${below(9)}`, 'ü"\\', null, true, [1, 2.5, below(9)]][below(8)];
    const object = (depth: number): unknown =>
      Object.fromEntries(
        Array.from({ length: below(6) }, () => [
          names[below(names.length)]!,
          depth > 0 && below(3) === 0 ? object(depth - 1) : leaf(),
        ]),
      );
    const counts = { taken: 0, left: 0 };
    for (let times = 0; times < 60_000; times++) {
      const json = JSON.stringify(object(1), null, below(4) === 0 ? 1 : 0);
      const body = [
        () => Buffer.from(json),
        () => mutate(Buffer.from(json), below),
        () => Buffer.from(mutateJson(json, below)),
      ][below(3)]!();
      const found = scanned(body);
      counts[found === LEFT ? 'left' : 'taken']++;
      if (found === LEFT) continue;
      const text = body.toString();
      expect(shown(found), text).toBe(shown(JSON.parse(text)));
    }
    expect(counts.taken).toBeGreaterThan(20_000);
    expect(counts.left).toBeGreaterThan(10_000);
  });
});
