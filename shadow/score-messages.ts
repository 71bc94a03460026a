import type { BackendChoice } from './choose-backend.ts';

/** What a scoring thread is started with. */
export interface WorkerStart {
  readonly folder: string;
  readonly sha256: Readonly<Record<string, string>> | null;
  readonly format: 'layers' | 'graph' | null;
  readonly width: number;
  /** Of a model that answers with two columns, which of them is the score; 1 without it. */
  readonly positiveClass?: number;
  /** Columns, all of which are scores, one for each class; null, or nothing, where a row gets one score. */
  readonly classes?: number | null;
  readonly backend: BackendChoice;
  /** What the thread may hold outside its heap, in MiB. */
  readonly memoryMb: number;
  /** A row that must get a finite score; null where only shapes are to be checked. */
  readonly probe: Float32Array | null;
  /** Rows that are scored at each load, and their scores at registration; null before that. */
  readonly golden: { readonly rows: Float32Array; readonly scores: readonly (number | null)[] | null };
}

export interface ScoreRequest {
  readonly kind: 'score' | 'timed';
  readonly id: number;
  readonly matrix: Float32Array;
  readonly rows: number;
}

/** What a scoring thread was found to hold. */
export interface LoadedFacts {
  readonly backend: string;
  readonly format: 'layers' | 'graph';
  readonly sha256: Readonly<Record<string, string>>;
  /** Scores of the golden rows, one a row or one a class, row-major; null where there is none. */
  readonly golden: readonly (number | null)[];
}

export type WorkerAnswer =
  /** The files are read and the model is built; its first execution follows. */
  | { readonly kind: 'built' }
  | ({ readonly kind: 'ready' } & LoadedFacts)
  /** The model may not be used (`ModelFileError`), or no backend works; the thread ends. */
  | { readonly kind: 'refused'; readonly fault: 'model' | 'backend'; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly values: Float32Array }
  /** The runtime no longer answers as it did when it started; the thread ends. */
  | { readonly kind: 'broken'; readonly message: string };
