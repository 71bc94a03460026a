import type { IncomingMessage } from 'node:http';
import { SerinError } from '../errors.ts';

/** What of a request tells who had it sent. */
export type Sender = Pick<IncomingMessage, 'method' | 'headers' | 'httpVersion'>;

/**
 * A check of requests that a browser was made to send by another site. Without it any page that an engineer has open
 * could use an API on their own machine: by a form (another `Origin`), or by a name of its own that resolves to
 * 127.0.0.1 (another `Host`). Programs send no `Origin` and are not concerned.
 * @param host the address that the server binds to: only a loopback one restricts `Host`
 * @param publicUrl the address at which people reach it, which is always allowed
 */
export function refuseStrangers(host: string, publicUrl: string | undefined): (request: Sender) => void {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  const onlyLoopback = isLoopback(host);
  return (request) => {
    const called = request.headers.host;
    if (called === undefined) {
      // HTTP/1.0 has no such header, and no browser speaks it.
      if (request.httpVersion === '1.0') return;
      throw new SerinError('bad_http', 'The header Host is missing.', { field: 'Host' });
    }
    if (called === own) return refuseOrigin(request, [own]);
    if (onlyLoopback && !isLoopback(nameOf(called))) {
      throw new SerinError(
        'forbidden',
        `Host is ${JSON.stringify(called.slice(0, 100))}, but this server answers to its loopback address alone; set listen.public_url to the address that people use.`,
      );
    }
    refuseOrigin(request, own === undefined ? [called] : [called, own]);
  };
}

function refuseOrigin(request: Sender, hosts: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return;
  const from = URL.canParse(origin) ? new URL(origin).host : '';
  if (from === '' || !hosts.includes(from)) {
    throw new SerinError(
      'forbidden',
      `A page of ${JSON.stringify(origin.slice(0, 100))} may not change anything here.`,
    );
  }
}

/** The name in `name:port` or `[v6]:port`. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
