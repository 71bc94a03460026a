import type { Logger } from 'pino';
import type { ByteBudget } from '../../http/byte-budget.ts';
import type { Config } from '../../config/config.ts';
import type { DoorReading } from './door-counts.ts';

/** Where a door of OTLP listens, and how much it lets in. */
export interface OtlpListen {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits: Pick<
    Config['ingest'],
    'max_body_bytes' | 'body_time' | 'max_connections' | 'max_streams' | 'max_header_bytes'
  >;
  /** Of all bodies that the doors are reading. */
  readonly budget: ByteBudget;
  readonly log: Logger;
  /** The address at which people reach the server, which browsers may call it by. */
  readonly publicUrl?: string | undefined;
}

export interface OtlpListener {
  /** The port taken; another than asked for only where 0 was asked for. */
  readonly port: number;
  read(): DoorReading;
  close(): Promise<void>;
}
