import type { Server, Socket } from 'node:net';
import { add } from '../tally.ts';

/** What a door of OTLP tells of itself. */
export interface DoorReading {
  /**
   * Requests answered, by the status that the caller saw: of HTTP a number, of gRPC a name; `dropped` are connections
   * beyond the limit, which were closed at once.
   */
  readonly answers: Readonly<Record<string, number>>;
  /** Open now. */
  readonly connections: number;
}

/** Counts the answers and the open connections of one door. */
export class DoorCounts {
  readonly #answers = new Map<string, number>();
  #connections = 0;

  answered(status: number | string): void {
    add(this.#answers, String(status), 1);
  }

  /** Counts the connections of a server, and closes those beyond the limit. */
  watch(server: Server, maxConnections: number): void {
    server.maxConnections = maxConnections;
    server.on('connection', (socket: Socket) => {
      this.#connections++;
      socket.once('close', () => this.#connections--);
    });
    server.on('drop', () => this.answered('dropped'));
  }

  read(): DoorReading {
    return { answers: Object.fromEntries(this.#answers), connections: this.#connections };
  }
}
