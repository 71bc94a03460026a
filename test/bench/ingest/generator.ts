/**
 * Sends requests at a steady pace, whether they are answered or not, over plain sockets, so that it costs little beside what
 * it measures. As a program: `generator.ts SENDING-AS-JSON` prints what became of it as JSON.
 */
import { connect, type Socket } from 'node:net';
import { TARGETS, template, type Template } from './bodies.ts';
import type { Sending, Sent } from './generate.ts';
import { percentile } from './percentile.ts';

/** Longest wait for answers after the last request was due. */
const PATIENCE_MS = 30_000;
const ACKS_EVERY_MS = 20;
/** Memory for templates. */
const TEMPLATE_BYTES = 24e6;

const sending = JSON.parse(process.argv[2] ?? '{}') as Sending;
process.stdout.write(JSON.stringify(await send(sending)));
process.exit(0);

/** A connection, and the request that it carries. */
interface Line {
  readonly socket: Socket;
  free: boolean;
  dueAt: number;
  used: Ready | undefined;
}

/** A template with the head of its request. */
interface Ready {
  readonly head: Buffer;
  readonly template: Template;
}

async function send({
  url,
  load,
  recordsPerRequest,
  recordsPerSecond,
  seconds,
  connections,
  first,
}: Sending): Promise<Sent> {
  const ready = prepare(load, recordsPerRequest, connections, new URL(url).host);
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const acks: [number, number][] = [];
  let acked = 0;
  let lastAnswerAt = 0;
  const answered = (line: Line, status: number): void => {
    const now = performance.now();
    latencies.push(now - line.dueAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
    lastAnswerAt = now;
    if (status === 200) {
      acked += recordsPerRequest;
      const at = Date.now();
      const last = acks.at(-1);
      if (last !== undefined && at - last[0] < ACKS_EVERY_MS) last[1] = acked;
      else acks.push([at, acked]);
    }
    if (line.used !== undefined) ready.push(line.used);
    line.used = undefined;
    line.free = true;
  };
  const lines = await Promise.all(Array.from({ length: connections }, () => open(url, answered)));
  const cpuBefore = process.cpuUsage();
  const requests = Math.round((recordsPerSecond * seconds) / recordsPerRequest);
  const everyMs = (recordsPerRequest / recordsPerSecond) * 1000;
  const began = performance.now() + 50;
  let next = 0;
  while (next < requests || lines.some((line) => !line.free)) {
    const now = performance.now();
    if (now > began + seconds * 1000 + PATIENCE_MS) break;
    for (; next < requests && began + next * everyMs <= now; next++) {
      const line = lines.find((one) => one.free);
      const one = line === undefined ? undefined : ready.shift();
      if (line === undefined || one === undefined) break;
      write(line, one, first + next * recordsPerRequest, began + next * everyMs);
    }
    await pause(everyMs);
  }
  const missing = requests - latencies.length;
  if (missing > 0) statuses['0'] = missing;
  const sorted = latencies.sort((one, other) => one - other);
  const cpu = process.cpuUsage(cpuBefore);
  return {
    requests: latencies.length,
    acked,
    statuses,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: sorted.at(-1) ?? NaN,
    lateMs: Math.max(0, lastAnswerAt - (began + (requests - 1) * everyMs)),
    acks,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

/** More templates than connections, as one that is under way must not be written to. */
function prepare(load: Sending['load'], records: number, connections: number, host: string): Ready[] {
  const one = template(load, records, 0).body.length;
  const count = Math.max(connections + 1, Math.min(2000, Math.floor(TEMPLATE_BYTES / one)));
  const { path, contentType } = TARGETS[load];
  return Array.from({ length: count }, (_, seed) => {
    const made = template(load, records, seed);
    const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\nContent-Length: ${made.body.length}\r\n\r\n`;
    return { head: Buffer.from(head), template: made };
  });
}

function write(line: Line, ready: Ready, first: number, dueAt: number): void {
  ready.template.freshen(first, Date.now());
  line.free = false;
  line.dueAt = dueAt;
  line.used = ready;
  line.socket.cork();
  line.socket.write(ready.head);
  line.socket.write(ready.template.body);
  line.socket.uncork();
}

async function open(url: string, answered: (line: Line, status: number) => void): Promise<Line> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const line: Line = { socket, free: true, dueAt: 0, used: undefined };
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    const size = sizeOfAnswer(text);
    if (size === undefined || text.length < size) return;
    const status = Number(text.slice(9, 12));
    text = text.slice(size);
    answered(line, status);
  });
  socket.on('error', () => undefined);
  return line;
}

/** Bytes of an answer with its head; undefined while the head is not whole. */
function sizeOfAnswer(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  return head + 4 + Number(/content-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
}

/** Until the next request is due, but let answers in. */
async function pause(everyMs: number): Promise<void> {
  if (everyMs >= 4) await new Promise((resolve) => setTimeout(resolve, Math.min(everyMs / 2, 5)));
  else await new Promise((resolve) => setTimeout(resolve, 1));
}
