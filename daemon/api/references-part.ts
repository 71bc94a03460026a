import type { Readable } from 'node:stream';
import type { Histogram, Window } from '../../detectors/terms.ts';

/** What windows are judged against now. */
export interface CurrentReference {
  readonly id: string;
  /** The version that was pinned, or null for all that answered. */
  readonly version: string | null;
  readonly window: Window;
  readonly pinned: boolean;
  readonly uploaded: boolean;
}

/** A reference as it was taken; times are Unix milliseconds. */
export interface FoundReference {
  readonly id: string;
  readonly model: string;
  readonly kind: 'automatic' | 'pinned' | 'uploaded';
  readonly version: string | null;
  readonly window: Window;
  readonly takenAt: number;
  /** Whether windows are judged against it now. */
  readonly inUse: boolean;
  readonly upload: {
    readonly format: 'parquet' | 'csv' | 'ndjson';
    readonly bytes: number;
    readonly sha256: string;
    readonly rows: number;
    readonly labelled: number;
    readonly timed: boolean;
    readonly slices: readonly string[];
    readonly columns: readonly { readonly name: string; readonly role: string }[];
  } | null;
}

/** What a reference holds of one feature (or score, decision, latency) of one slice. */
export interface FoundHistogram {
  readonly version: string;
  readonly slice: string;
  readonly kind: 'feature' | 'score' | 'decision' | 'latency';
  readonly name: string;
  readonly histogram: Histogram;
}

/** What the API needs to take references as files, and to tell of all that were taken. */
export interface ReferencesPart {
  upload(
    model: string,
    upload: {
      readonly format: 'parquet' | 'csv' | 'ndjson';
      readonly body: Readable;
      readonly columns: {
        readonly timestamp?: string;
        readonly score?: string;
        readonly label?: string;
        readonly tags?: readonly string[];
        readonly categories?: readonly string[];
        readonly ignore?: readonly string[];
      };
    },
  ): Promise<FoundReference>;
  /** The one taken last first. */
  list(model: string): Promise<FoundReference[]>;
  get(model: string, id: string): Promise<FoundReference>;
  /** Its rows as a Parquet file. */
  rows(model: string, id: string): Promise<Readable>;
  histograms(model: string, id: string): Promise<readonly FoundHistogram[]>;
}
