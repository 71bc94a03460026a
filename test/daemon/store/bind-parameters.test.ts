import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindParameters } from '../../../daemon/store/bind-parameters.ts';
import { temporaryStore } from '../../support/temporary.ts';

/** Texts as people and attackers write them: quotes, escapes, comments, placeholders, any character. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(`'`, '\\', '"', '`', '\0', '\n', '\t', '\r', '\b', '\f', '--', '/*', ';', '{a:String}', 'x', '☃'),
    )
    .map((parts) => parts.join('')),
);
const VALUES = {
  text,
  texts: fc.array(text, { maxLength: 5 }),
  nested: fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 3 }),
  integer: fc.maxSafeInteger(),
  large: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  float: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  floats: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-9 }), { maxLength: 4 }),
};

describe('values in a statement', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('are read as they were given, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(VALUES), async (values) => {
        const sql = `SELECT {text:String} AS text, {texts:Array(String)} AS texts, {nested:Array(Array(String))} AS nested,
          {integer:Int64} AS integer, toString({large:UInt64}) AS large,
          {float:Float64} AS float, {floats:Array(Float64)} AS floats`;
        expect(bindParameters(sql, values)).toBeDefined();
        const [found] = await opened.store.reader.rows<Record<string, unknown>>(sql, values);
        expect(found).toEqual(values);
      }),
      { numRuns: 200, examples: [[example(`'; DROP TABLE x --`)], [example('\\')], [example(`\\' OR 1=1 --`)]] },
    );
  });

  it('keep their type', async () => {
    const found = await opened.store.reader.rows(
      'SELECT toTypeName({a:UInt8}) AS a, toTypeName({b:Array(UInt64)}) AS b, toTypeName({c:String}) AS c',
      { a: 1, b: [1, 2], c: '1' },
    );
    expect(found).toEqual([{ a: 'UInt8', b: 'Array(UInt64)', c: 'String' }]);
  });

  it('may be longer than a statement', async () => {
    const many = Array.from({ length: 50_000 }, (_, at) => `id-${at}`);
    expect(bindParameters('SELECT length({many:Array(String)}) AS count', { many })).toBeUndefined();
    const found = await opened.store.reader.rows('SELECT length({many:Array(String)}) AS count', { many });
    expect(found).toEqual([{ count: 50_000 }]);
  });

  it('may be longer than a statement in bytes, though not in characters', async () => {
    const texts = Array.from({ length: 10_000 }, (_, at) => `日本語日本語日-${at}`);
    const sql = 'SELECT length({texts:Array(String)}) AS count';
    expect(bindParameters(sql, { texts })).toBeUndefined();
    expect(await opened.store.reader.rows(sql, { texts })).toEqual([{ count: 10_000 }]);
  });

  it('may be of a type that has no literal', async () => {
    const sql = 'SELECT {map:Map(String, Array(Float64))} AS map';
    expect(bindParameters(sql, { map: { a: [1] } })).toBeUndefined();
    expect(await opened.store.reader.rows(sql, { map: { a: [1] } })).toEqual([{ map: { a: [1] } }]);
  });

  it('that are not there are missed by the engine', async () => {
    await expect(opened.store.reader.rows('SELECT {constructor:String} AS a', { b: 1 })).rejects.toThrow(/constructor/);
  });

  it('of a long statement hold up no other statement', async () => {
    const order: string[] = [];
    const long = opened.store.bulk
      .rows('SELECT sum(sleepEachRow({seconds:Float64})) AS slept FROM numbers(10)', { seconds: 0.1 })
      .then(() => order.push('long'));
    await opened.store.reader.rows('SELECT {a:String} AS a', { a: 'quick' });
    order.push('quick');
    await long;
    expect(order).toEqual(['quick', 'long']);
  });
});

function example(of: string) {
  return {
    text: of,
    texts: [of, of],
    nested: [[of], []],
    integer: -1,
    large: '1',
    float: 0.5,
    floats: [],
  };
}
