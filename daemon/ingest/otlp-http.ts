import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import { SerinError } from '../errors.ts';
import { DoorCounts, type DoorReading } from './door-counts.ts';
import type { Ingest } from './ingest.ts';
import { readBody } from './read-body.ts';
import { answerJson, encodeAnswer, encodeStatus, rpcStatusOf, statusJson } from './rpc-status.ts';

export interface OtlpListener {
  /** The port taken; another than asked for only where 0 was asked for. */
  readonly port: number;
  read(): DoorReading;
  close(): Promise<void>;
}

export interface OtlpListen {
  readonly host: string;
  readonly port: number;
  /** Bytes of one body after decompression. */
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

type Form = 'protobuf' | 'json';

const TYPES: Readonly<Record<Form, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };
const SIGNALS: ReadonlyMap<string, 'traces' | 'logs'> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
]);
/** A client that sends a byte a second holds a connection this long at most. */
const REQUEST_MS = 60_000;
const HEADERS_MS = 15_000;

/**
 * Listens for OTLP/HTTP: `/v1/traces` and `/v1/logs`, protobuf and JSON, gzip; every status as the OTLP specification has it,
 * errors as a `google.rpc.Status` in the caller's type.
 * @throws when the port is taken
 */
export async function startOtlpHttp(ingest: Ingest, listen: OtlpListen): Promise<OtlpListener> {
  const counts = new DoorCounts();
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS }, (request, response) => {
    answer(ingest, listen, request, response).catch((error: unknown) => {
      listen.log.error({ err: error }, 'an OTLP request could not be answered');
      response.destroy();
    });
    response.once('finish', () => counts.answered(response.statusCode));
  });
  server.on('connection', (socket) => counts.connected(socket));
  server.on('clientError', (_error, socket: Socket) => {
    if (socket.writable) {
      counts.answered(400);
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    } else socket.destroy();
  });
  const port = await open(server, listen);
  return { port, read: () => counts.read(), close: () => close(server) };
}

async function open(server: Server, { host, port }: OtlpListen): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, 'listen.otlp_http', host, port)));
    server.listen(port, host, resolve);
  });
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Says which port could not be taken, and what to do. */
export function portError(error: NodeJS.ErrnoException, setting: string, host: string, port: number): Error {
  const why =
    error.code === 'EADDRINUSE'
      ? `port ${port} on ${host} is taken by another program: stop it, or set ${setting} to a free port`
      : `cannot listen on ${host}:${port} (${error.message}): check listen.host and ${setting}`;
  return new Error(why, { cause: error });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

async function answer(
  ingest: Ingest,
  { maxBodyBytes }: OtlpListen,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = formOf(request);
  try {
    const signal = signalOf(request, response);
    if (form === undefined)
      throw new SerinError('unsupported_media_type', `send content-type ${TYPES.protobuf} or ${TYPES.json}`, {
        field: 'content-type',
      });
    const taken = await ingest.acceptOtlp(signal, form, await readBody(request, maxBodyBytes));
    send(response, 200, form, form === 'json' ? answerJson(signal, taken) : encodeAnswer(taken));
  } catch (error) {
    const status = rpcStatusOf(error);
    if (status.retryAfterSeconds !== undefined)
      response.setHeader('retry-after', String(Math.ceil(status.retryAfterSeconds)));
    // The rest of the body is not read: the connection cannot be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    if (status.http === 415) response.setHeader('accept-encoding', 'gzip');
    send(response, status.http, form ?? 'json', form === 'protobuf' ? encodeStatus(status) : statusJson(status));
  }
}

function signalOf(request: IncomingMessage, response: ServerResponse): 'traces' | 'logs' {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const signal = SIGNALS.get(path);
  if (signal === undefined) {
    const what = path === '/v1/metrics' ? 'metrics are not taken here; ' : '';
    throw new SerinError('not_found', `${what}the paths are ${[...SIGNALS.keys()].join(' and ')}`);
  }
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    throw new SerinError('method_not_allowed', `${path} takes POST only`);
  }
  return signal;
}

function formOf(request: IncomingMessage): Form | undefined {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === TYPES.protobuf) return 'protobuf';
  return type === TYPES.json ? 'json' : undefined;
}

function send(response: ServerResponse, status: number, form: Form, body: string | Uint8Array): void {
  response.statusCode = status;
  response.setHeader('content-type', TYPES[form]);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
