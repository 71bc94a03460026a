import type { Socket } from 'node:net';
import { add } from './tally.ts';

/** What a door of OTLP tells of itself. */
export interface DoorReading {
  /** Requests answered, by the status that the caller saw: of HTTP a number, of gRPC a name. */
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

  /** Counts a connection until it is closed. */
  connected(socket: Socket): void {
    this.#connections++;
    socket.once('close', () => this.#connections--);
  }

  read(): DoorReading {
    return { answers: Object.fromEntries(this.#answers), connections: this.#connections };
  }
}
