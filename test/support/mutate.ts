/** Changes bodies in the ways that find defects in readers: bytes, lengths, and values that JSON can write. */

const NASTY_BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x7b, 0x2c];
/** Values of JSON, split at the spaces. */
const NASTY_TOKENS = [
  String.raw`null true [] {} "" "x" [[]] {"__proto__":1} [null] [1,"a"] "\ud800" "\u0000" "NaN" "Infinity" "-5" "1e5"`,
  '0 -0 -1 -5 0.5 1e999 -1e308 1e-400 4294967296 9007199254740993 9223372036854775808 18446744073709551615',
  '"18446744073709551616" 253402300800000',
].flatMap((line) => line.split(' '));
const TOKEN = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\]|\\.)*"|true|false|null|\{\}|\[\]/g;

/** @param below gives a whole number from 0 to below another */
export function mutate(body: Buffer, below: (most: number) => number): Buffer<ArrayBuffer> {
  let mutated = Buffer.from(body);
  for (let times = 1 + below(4); times > 0 && mutated.length > 0; times--) mutated = mutateOnce(mutated, below);
  return mutated;
}

function mutateOnce(body: Buffer<ArrayBuffer>, below: (most: number) => number): Buffer<ArrayBuffer> {
  const at = below(body.length);
  const end = Math.min(body.length, at + 1 + below(16));
  switch (below(7)) {
    case 0:
      body[at] = body[at]! ^ (1 << below(8));
      return body;
    case 1:
      body[at] = NASTY_BYTES[below(NASTY_BYTES.length)]!;
      return body;
    case 2:
      return Buffer.concat([body.subarray(0, at), body.subarray(end)]);
    case 3:
      return Buffer.concat([body.subarray(0, end), body.subarray(at)]);
    case 4:
      return Buffer.concat([body.subarray(0, at), Buffer.from([below(256), below(256)]), body.subarray(at)]);
    case 5:
      return body.subarray(0, at);
    default:
      // A number of a varint or a length, likely.
      body[at] = below(256);
      return body;
  }
}

/** Puts other values in the place of some of a JSON text. */
export function mutateJson(json: string, below: (most: number) => number): string {
  const tokens = [...json.matchAll(TOKEN)];
  let mutated = json;
  for (let times = 1 + below(3); times > 0; times--) {
    const token = tokens[below(tokens.length)]!;
    mutated =
      mutated.slice(0, token.index) +
      NASTY_TOKENS[below(NASTY_TOKENS.length)]! +
      json.slice(token.index + token[0].length);
  }
  return mutated;
}
