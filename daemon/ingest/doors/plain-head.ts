import { ENCODINGS } from '../../http/unpack-body.ts';
import { formOf, SIGNALS, type Form } from './otlp-answer.ts';

/** A request as exporters send it. */
export interface PlainHead {
  readonly signal: 'traces' | 'logs';
  readonly form: Form;
  /** The content encoding, or `identity`. */
  readonly encoding: string;
  /** Bytes of the body. */
  readonly length: number;
}

/** RFC 9112, without what is obsolete or rare: a request line, and lines of a name and of visible characters and spaces. */
const HEAD = /^POST (\/v1\/[a-z]+) HTTP\/1\.1\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\x20-\x7e]*\r\n)+$/;
const LENGTH = /^(?:0|[1-9][0-9]{0,8})$/;
/** What these say is left to Node.js. */
const UNUSUAL: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'trailer',
  'proxy-connection',
  'http2-settings',
]);
const READ: ReadonlySet<string> = new Set(['host', 'connection', 'content-type', 'content-length', 'content-encoding']);

/**
 * Reads the head of a request that nobody could read in two ways; of two lines that say the same, or of anything that is not
 * usual, nothing is said: that is left to Node.js.
 * @param text from the request line to the end of the last header, in Latin-1
 */
export function readPlainHead(text: string): PlainHead | undefined {
  const signal = SIGNALS.get(HEAD.exec(text)?.[1] ?? '');
  const found = signal === undefined ? undefined : readHeaders(text);
  if (signal === undefined || found === undefined) return undefined;
  const form = formOf(found.get('content-type') ?? '');
  const length = found.get('content-length') ?? '';
  const encoding = (found.get('content-encoding') ?? 'identity').toLowerCase();
  const connection = (found.get('connection') ?? 'keep-alive').toLowerCase();
  const usual = found.has('host') && connection === 'keep-alive' && LENGTH.test(length);
  if (!usual || form === undefined || (encoding !== 'identity' && !ENCODINGS.includes(encoding))) return undefined;
  return { signal, form, encoding, length: Number(length) };
}

function readHeaders(text: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (let at = text.indexOf('\r\n') + 2; at < text.length;) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r\n', colon);
    const name = text.slice(at, colon).toLowerCase();
    if (UNUSUAL.has(name) || found.has(name)) return undefined;
    if (READ.has(name)) found.set(name, text.slice(colon + 1, end).trim());
    at = end + 2;
  }
  return found;
}
