/** What the API needs of the ingest room; times are Unix milliseconds. */
interface Admission {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: readonly {
    readonly line: number;
    readonly field: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

export interface IngestPart {
  /**
   * Admits a body of predictions or labels, after decompression; resolves once it is durable.
   * @param form `ndjson`, or `json` for an array
   */
  accept(kind: 'predictions' | 'labels', form: 'ndjson' | 'json', parts: readonly Uint8Array[]): Promise<Admission>;
  readonly maxBodyBytes: number;
  /** Connections to the port at once; further ones are closed. */
  readonly maxConnections: number;
  /** Spool segments that the store refused too often, oldest first. */
  setAside(): Promise<SetAside[]>;
  /** Loads one of them once more. */
  retry(segment: string): Promise<Retried>;
}

export interface SetAside {
  readonly segment: string;
  readonly setAsideAt: number;
  readonly firstReceivedAt: number;
  readonly tries: number;
  readonly bytes: number;
  readonly tables: Retried['tables'];
}

export interface Retried {
  readonly segment: string;
  readonly state: 'loaded' | 'refused';
  readonly tables: readonly {
    readonly table: string;
    readonly rows: number;
    readonly state: 'loaded' | 'refused';
    readonly code: number | null;
    readonly reason: string | null;
  }[];
}
