import { SerinError } from '../errors.ts';

/**
 * The value of JSON text; undefined for an empty text.
 * @throws SerinError `invalid_request` with the line and column where the text stops being JSON, or at a key `__proto__`
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const offset = firstFault(text);
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    const found = offset >= text.length ? 'the text ends' : `"${String.fromCodePoint(text.codePointAt(offset) ?? 0)}"`;
    throw new SerinError(
      'invalid_request',
      `The body is not JSON: at line ${line}, column ${column} ${found === 'the text ends' ? found : `there is ${found}`} where it cannot be.`,
      { cause },
    );
  }
  refuseProto(value);
  return value;
}

/** `__proto__` is no name of anything here, and schemas would pass over it in silence. */
function refuseProto(value: unknown): void {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Object.hasOwn(next, '__proto__')) {
      throw new SerinError('invalid_request', 'A key __proto__ is not known anywhere; leave it out.', {
        field: '__proto__',
      });
    }
    for (const inner of Object.values(next)) waiting.push(inner);
  }
}

const SPACE = /[ \t\n\r]*/y;
// Any character but a quote, a backslash and the controls below a space, or an escape.
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Offset of the first token that cannot stand where it stands (RFC 8259); nothing is built, so depth costs nothing. */
function firstFault(text: string): number {
  const open: ('{' | '[')[] = [];
  let at = 0;
  const take = (token: RegExp): boolean => {
    token.lastIndex = at;
    const found = token.test(text);
    if (found) at = token.lastIndex;
    return found;
  };
  const takeText = (token: string): boolean => {
    take(SPACE);
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const takeKey = (): boolean => {
    take(SPACE);
    return take(STRING) && takeText(':');
  };
  for (;;) {
    // A value is due.
    if (takeText('{')) {
      if (!takeText('}')) {
        open.push('{');
        if (!takeKey()) return at;
        continue;
      }
    } else if (takeText('[')) {
      if (!takeText(']')) {
        open.push('[');
        continue;
      }
    } else if (!take(STRING) && !take(SCALAR)) return at;
    // A value has ended: what is around it goes on or closes.
    for (;;) {
      const around = open.at(-1);
      if (around === undefined) {
        take(SPACE);
        return at;
      }
      if (takeText(',')) {
        if (around === '{' && !takeKey()) return at;
        break;
      }
      if (!takeText(around === '{' ? '}' : ']')) return at;
      open.pop();
    }
  }
}
