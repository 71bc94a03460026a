import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  setLogger,
  type handleUnaryCall,
  type ServiceDefinition,
  type StatusObject,
} from '@grpc/grpc-js';
import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import { DoorCounts } from './door-counts.ts';
import type { Ingest } from './ingest.ts';
import { portError, type OtlpListen, type OtlpListener } from './otlp-http.ts';
import { encodeAnswer, encodeStatus, rpcStatusOf } from './rpc-status.ts';

/** How long calls underway may take at closing. */
const CLOSE_MS = 5000;

/**
 * Listens for OTLP/gRPC: the trace and the logs service, bodies as raw bytes; refusals carry a `google.rpc.Status`, with a
 * `RetryInfo` only where the same request may be sent again.
 * @throws when the port is taken
 */
export async function startOtlpGrpc(ingest: Ingest, listen: OtlpListen): Promise<OtlpListener> {
  const { host, port, log } = listen;
  setLogger({ error: (...said: unknown[]) => log.debug({ said }, 'gRPC') });
  const counts = new DoorCounts();
  const server = new Server({
    'grpc.max_receive_message_length': listen.maxBodyBytes,
    'grpc.max_send_message_length': 1024 * 1024,
  });
  for (const [signal, service] of [
    ['traces', 'opentelemetry.proto.collector.trace.v1.TraceService'],
    ['logs', 'opentelemetry.proto.collector.logs.v1.LogsService'],
  ] as const)
    server.addService(definition(service), { Export: exporter(ingest, signal, counts, log) });
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const taken = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(portError(inUse(error), 'listen.otlp_grpc', host, port));
    });
  });
  return { port: taken, read: () => counts.read(), close: () => close(server) };
}

const identity = (bytes: Buffer): Buffer => bytes;

function definition(service: string): ServiceDefinition {
  return {
    Export: {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  };
}

function exporter(
  ingest: Ingest,
  signal: 'traces' | 'logs',
  counts: DoorCounts,
  log: Logger,
): handleUnaryCall<Buffer, Buffer> {
  return (call, respond) => {
    ingest.acceptOtlp(signal, 'protobuf', call.request).then(
      (taken) => {
        counts.answered(status[status.OK]);
        respond(null, encodeAnswer(taken));
      },
      (error: unknown) => {
        log.debug({ err: error }, 'an OTLP request is refused');
        const failed = failure(error);
        counts.answered(status[failed.code]);
        respond(failed);
      },
    );
  };
}

/** The status with its details as gRPC carries them: a `google.rpc.Status` in the trailer `grpc-status-details-bin`. */
function failure(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const rpcStatus = rpcStatusOf(error);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodeStatus(rpcStatus));
  return { code: rpcStatus.code, details: rpcStatus.message, metadata };
}

/** gRPC tells of a port in use only in words. */
function inUse(error: Error): NodeJS.ErrnoException {
  return /EADDRINUSE/.test(error.message) ? Object.assign(error, { code: 'EADDRINUSE' }) : error;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, CLOSE_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
