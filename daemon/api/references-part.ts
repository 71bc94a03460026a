import type { Readable } from 'node:stream';
import type { Histogram } from '../../detectors/terms.ts';
import type { TakenReference } from '../models/references.ts';
import type { ColumnChoice } from '../models/upload-columns.ts';
import type { UploadFormat } from '../store/uploaded-file.ts';

/** A reference as it was taken; times are Unix milliseconds. */
export interface FoundReference extends Omit<TakenReference, 'state'> {
  /** Whether windows are judged against it now. */
  readonly inUse: boolean;
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
      readonly format: UploadFormat;
      readonly body: Readable;
      readonly columns: ColumnChoice;
    },
  ): Promise<FoundReference>;
  /** The one taken last first. */
  list(model: string): Promise<FoundReference[]>;
  get(model: string, id: string): Promise<FoundReference>;
  /** Its rows as a Parquet file. */
  rows(model: string, id: string): Promise<Readable>;
  histograms(model: string, id: string): Promise<readonly FoundHistogram[]>;
}
