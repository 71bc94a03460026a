import { describe, expect, it } from 'vitest';
import { labelRecord, predictionRecord } from '../../../daemon/api/contract.ts';
import { LABEL_FIELDS, PREDICTION_FIELDS } from '../../../daemon/ingest/records/read-fields.ts';

describe('records as the contract documents them', () => {
  it('have the fields that the door takes, and no others', () => {
    expect(Object.keys(predictionRecord.shape).toSorted()).toEqual([...PREDICTION_FIELDS].toSorted());
    expect(Object.keys(labelRecord.shape).toSorted()).toEqual([...LABEL_FIELDS].toSorted());
  });
});
