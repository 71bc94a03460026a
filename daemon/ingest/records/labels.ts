import { Integer64Column, LowCardinalityColumn, StringColumn } from '../native/columns.ts';

/** A label as read, before admission. */
export interface LabelDraft {
  predictionId: string;
  /** Numbers as their shortest text: labels are compared as text. */
  label: string;
  /** Unix milliseconds. */
  timestamp: number;
  source: string;
}

export type LabelColumns = ReturnType<typeof labelColumns>;

/** The columns of the table `labels`. */
export function labelColumns() {
  return {
    prediction_id: new StringColumn(),
    timestamp: new Integer64Column("DateTime64(3, 'UTC')"),
    label: new StringColumn(),
    source: new LowCardinalityColumn(),
    received_at: new Integer64Column("DateTime64(3, 'UTC')"),
    segment: new Integer64Column('UInt64'),
  };
}

/** Writes an admitted label as one row. */
export function appendLabel(columns: LabelColumns, draft: LabelDraft, receivedAt: number, segment: number): void {
  columns.prediction_id.push(draft.predictionId);
  columns.timestamp.push(draft.timestamp);
  columns.label.push(draft.label);
  columns.source.push(draft.source);
  columns.received_at.push(receivedAt);
  columns.segment.push(segment);
}
