import { ENCODINGS } from '../../http/unpack-body.ts';
import { PATHS, type HttpDoor } from './http-door.ts';

/** A request as exporters and heavy senders send it. */
export interface PlainHead {
  readonly door: HttpDoor;
  /** The host by which the server was called, where it may not be called by any: see `HttpPath`. */
  readonly guardedHost: string | undefined;
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
  // Of a browser.
  'origin',
]);
const READ: ReadonlySet<string> = new Set(['host', 'connection', 'content-type', 'content-length', 'content-encoding']);

/**
 * Reads the head of a request that nobody could read in two ways; of two lines that say the same, or of anything that is not
 * usual, nothing is said: that is left to Node.js.
 * @param text from the request line to the end of the last header, in Latin-1
 */
export function readPlainHead(text: string): PlainHead | undefined {
  const path = PATHS.get(HEAD.exec(text)?.[1] ?? '');
  const found = path === undefined ? undefined : readHeaders(text);
  if (path === undefined || found === undefined) return undefined;
  const door = path.doorOf(found.get('content-type') ?? '');
  const length = found.get('content-length') ?? '';
  const encoding = (found.get('content-encoding') ?? 'identity').toLowerCase();
  const connection = (found.get('connection') ?? 'keep-alive').toLowerCase();
  const host = found.get('host');
  const usual = host !== undefined && connection === 'keep-alive' && LENGTH.test(length);
  if (!usual || door === undefined || (encoding !== 'identity' && !ENCODINGS.includes(encoding))) return undefined;
  return { door, guardedHost: path.isGuarded ? host : undefined, encoding, length: Number(length) };
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
