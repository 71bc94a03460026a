import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { buildApi } from './build-api.ts';
import type { Parts } from './parts.ts';

export interface ApiOptions {
  readonly parts: Parts;
  /** Address to bind to. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of the built web app. */
  readonly dashboard: string;
  /** How people reach the server, for links; by default the address it listens on. */
  readonly publicUrl?: string;
  readonly log: Logger;
  /** Of the program. */
  readonly version: string;
}

export interface RunningApi {
  readonly port: number;
  /** Where this machine reaches it. */
  readonly url: string;
  /** Answers what is under way, then ends; a connection that takes too long is cut. */
  close(): Promise<void>;
}

/** How long requests under way may take once the server is closing. */
const LAST_WORDS_MS = 5000;

/**
 * Starts the API and the dashboard.
 * @throws when the address cannot be bound, naming the setting
 */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { parts, host, dashboard, log, version } = options;
  const publicUrl = options.publicUrl?.replace(/\/+$/, '');
  let url = '';
  const server = await buildApi({
    parts,
    host,
    dashboard,
    log,
    version,
    publicUrl,
    link: (path) => `${publicUrl ?? url}${path}`,
  });
  server.server.maxConnections = parts.ingest.maxConnections;
  try {
    await server.listen({ host, port: options.port });
  } catch (error) {
    await server.close();
    throw explainListen(error, host, options.port);
  }
  const { port } = server.server.address() as AddressInfo;
  url = `http://${reachable(host)}:${port}`;
  return {
    port,
    url,
    async close() {
      const impatience = setTimeout(() => server.server.closeAllConnections(), LAST_WORDS_MS);
      await server.close();
      clearTimeout(impatience);
    },
  };
}

/** A name under which a bound address can be called. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function explainListen(error: unknown, host: string, port: number): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code ?? '') {
    case 'EADDRINUSE':
      return new Error(
        `Port ${port} of ${host} is in use: another program, or another Serin, listens there. Stop it, or set listen.api to another port (0 takes a free one).`,
        { cause: error },
      );
    case 'EACCES':
      return new Error(`Port ${port} needs more rights than this user has; set listen.api to a port above 1023.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(`This machine has no address ${host}; set listen.host to one of its own, or to 127.0.0.1.`, {
        cause: error,
      });
    default:
      return new Error(`The API cannot listen on ${host}:${port} (listen.host, listen.api): ${message}`, {
        cause: error,
      });
  }
}
