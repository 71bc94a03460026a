import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { HeldBody } from '../../http/collect-body.ts';
import { SerinError } from '../../errors.ts';
import { ENCODINGS } from '../../http/unpack-body.ts';
import { bindPort } from './bind-port.ts';
import { DoorCounts } from './door-counts.ts';
import { frameMessage, readMessage } from './grpc-message.ts';
import type { Ingest } from '../ingest.ts';
import type { OtlpListen, OtlpListener } from './otlp-listen.ts';
import { encodeAnswer, encodeStatus, RPC_CODES, rpcStatusOf } from './rpc-status.ts';

const PACKAGE = '/opentelemetry.proto.collector';
const SIGNALS: ReadonlyMap<string, 'traces' | 'logs'> = new Map([
  [`${PACKAGE}.trace.v1.TraceService/Export`, 'traces'],
  [`${PACKAGE}.logs.v1.LogsService/Export`, 'logs'],
]);
const METRICS = `${PACKAGE}.metrics.v1.MetricsService/`;
const TYPE = 'application/grpc';
/** With the format of the messages, where it is named; gRPC-Web and JSON are others. */
const TYPES = /^application\/grpc(\+proto)?\s*(;|$)/i;
/** Of every client that reads the status of gRPC. */
const ANY_GRPC = /^application\/grpc/i;
const HEADERS = { ':status': 200, 'content-type': `${TYPE}+proto`, 'grpc-accept-encoding': ENCODINGS.join(',') };
/** Bytes that a client may send ahead, on a stream and on its connection: one round trip more for each of these. */
const STREAM_WINDOW = 1024 * 1024;
const SESSION_WINDOW = 4 * 1024 * 1024;
/** A connection on which nothing comes is closed in order after this time; clients open the next one by themselves. */
const IDLE_MS = 300_000;
/** How long calls underway may take at closing. */
const CLOSE_MS = 5000;
/** Characters of a message: it travels in a header. */
const LONGEST_MESSAGE = 1000;

/**
 * Listens for OTLP/gRPC: the trace and the logs service, unary calls over HTTP/2 without TLS, gzip and, in a Node that has it,
 * zstd. Refusals carry a `google.rpc.Status`, with a `RetryInfo` only where the same request may be sent again.
 *
 * It stands on `node:http2` and not on a gRPC library because bodies must be counted while they come, and a slow one must end:
 * a library hands over whole messages only.
 * @throws when the port is taken
 */
export async function startOtlpGrpc(ingest: Ingest, listen: OtlpListen): Promise<OtlpListener> {
  const { limits, log } = listen;
  const counts = new DoorCounts();
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({
    settings: {
      maxConcurrentStreams: limits.max_streams,
      maxHeaderListSize: limits.max_header_bytes,
      initialWindowSize: STREAM_WINDOW,
      enablePush: false,
    },
  });
  counts.watch(server, limits.max_connections);
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    tend(session, limits.body_time);
  });
  server.on('sessionError', (error: Error) => log.debug({ err: error }, 'a connection of OTLP/gRPC failed'));
  server.on('stream', (stream, headers) => {
    // A stream that the client resets is nobody's any more.
    stream.on('error', () => undefined);
    void answer(ingest, listen, stream, headers).then((status) => counts.answered(status));
  });
  const port = await bindPort(server, listen, 'listen.otlp_grpc');
  return { port, read: () => counts.read(), close: () => close(server, sessions) };
}

/** Gives a connection its windows, and ends it where it says nothing. */
function tend(session: ServerHttp2Session, patienceMs: number): void {
  session.setLocalWindowSize(SESSION_WINDOW);
  const greeting = setTimeout(() => session.destroy(), patienceMs);
  session.once('remoteSettings', () => clearTimeout(greeting));
  session.once('close', () => clearTimeout(greeting));
  session.setTimeout(IDLE_MS, () => session.close());
}

/** @returns the name of the status sent */
async function answer(
  ingest: Ingest,
  { limits, budget, log }: OtlpListen,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<string> {
  try {
    const signal = signalOf(headers);
    const encoding = headers['grpc-encoding'];
    const body = await inTime(
      limits.body_time,
      readMessage(stream, typeof encoding === 'string' ? encoding : undefined, {
        maxBytes: limits.max_body_bytes,
        budget,
      }),
    );
    try {
      const taken = await ingest.acceptOtlp(signal, 'protobuf', body.bytes);
      succeed(stream, encodeAnswer(taken));
      return 'OK';
    } finally {
      body.release();
    }
  } catch (error) {
    log.debug({ err: error }, 'an OTLP request is refused');
    return refuse(stream, error, ANY_GRPC.test(headers['content-type'] ?? ''));
  }
}

/** The body, or an error after the time; what then is left of reading ends with the stream. */
async function inTime(patienceMs: number, reading: Promise<HeldBody>): Promise<HeldBody> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new SerinError('timed_out', 'the message did not arrive whole within ingest.body_time')),
      patienceMs,
    );
  });
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

function signalOf(headers: IncomingHttpHeaders): 'traces' | 'logs' {
  const path = headers[':path'] ?? '';
  const signal = SIGNALS.get(path);
  if (headers[':method'] !== 'POST') throw new SerinError('method_not_allowed', 'calls are sent with POST');
  if (!TYPES.test(headers['content-type'] ?? ''))
    throw new SerinError('unsupported_media_type', `send content-type ${TYPE}`, { field: 'content-type' });
  if (signal !== undefined) return signal;
  const what = path.startsWith(METRICS) ? 'metrics are not taken here; ' : '';
  throw new SerinError('method_not_allowed', `${what}the calls are ${[...SIGNALS.keys()].join(' and ')}`);
}

function succeed(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(RPC_CODES.OK) }));
  stream.end(frameMessage(message));
}

/** Answers with trailers alone, the details as gRPC carries them. What the client still sends is not waited for. */
function refuse(stream: ServerHttp2Stream, error: unknown, speaksGrpc: boolean): string {
  const status = rpcStatusOf(error);
  if (stream.destroyed || stream.headersSent) return status.code;
  const trailers = {
    'grpc-status': String(RPC_CODES[status.code]),
    'grpc-message': percentEncoded(status.message),
    'grpc-status-details-bin': encodeStatus(status).toString('base64'),
  };
  // gRPC over HTTP/2, "Requests": another client would take a 200 for a success.
  const http = speaksGrpc ? 200 : status.http;
  stream.respond({ ...HEADERS, ':status': http, ...trailers }, { endStream: true });
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  return status.code;
}

/** gRPC over HTTP/2, "Responses": UTF-8 in which all but printable ASCII is percent-encoded; a lone surrogate is U+FFFD. */
function percentEncoded(text: string): string {
  const whole = Buffer.from(text.slice(0, LONGEST_MESSAGE)).toString();
  return whole.replaceAll(/[^ -$&-~]/gu, (character) => encodeURIComponent(character));
}

function close(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const session of sessions) session.destroy();
    }, CLOSE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    for (const session of sessions) session.close();
  });
}
