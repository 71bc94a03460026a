/** Colours of lines: tokens of the style sheet without their dashes. */
export type LineColour = 'line-1' | 'line-2' | 'line-3' | 'line-4';

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly colour: LineColour;
  readonly drawn?: 'line' | 'area';
}

/** Something that happened, or went on, beside the lines. Unix milliseconds; without `to` it goes on. */
export interface Mark {
  readonly from: number;
  readonly to: number | null;
  readonly label: string;
}

/** All that a chart over time needs to know. */
export interface TimePicture {
  readonly title: string;
  /** Unit of the values, for the axis. */
  readonly unit: string;
  /** Unix seconds, ascending. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  /** Stretch that the axis covers, Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly format: (value: number | null) => string;
  readonly marks?: readonly Mark[];
  readonly limit?: number | null;
  /** The axis begins at 0. */
  readonly fromZero?: boolean;
  /** Charts with the same name share their cursor. */
  readonly together?: string;
  readonly onZoom?: (from: number, to: number) => void;
}
