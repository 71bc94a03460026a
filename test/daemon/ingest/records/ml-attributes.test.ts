import { describe, expect, it } from 'vitest';
import type { AnyValue } from '../../../../daemon/ingest/decode/any-value.ts';
import { ByteRange } from '../../../../daemon/ingest/decode/byte-range.ts';
import { MlAttributes, MlKeys } from '../../../../daemon/ingest/records/ml-attributes.ts';
import { PredictionDrafts } from '../../../../daemon/ingest/records/predictions.ts';
import { emptyWords, featuresOf } from '../../../support/words.ts';

const key = new ByteRange();
const words = emptyWords();

function add(attributes: MlAttributes, name: string, value: AnyValue): void {
  key.setText(name);
  if (typeof value === 'string') attributes.addText(key, Buffer.from(value), 0, Buffer.byteLength(value));
  else attributes.add(key, value);
}

function read(attributes: MlAttributes, given: readonly (readonly [string, AnyValue])[]) {
  const draft = new PredictionDrafts(words).take();
  attributes.clear();
  for (const [name, value] of given) add(attributes, name, value);
  const refusal = attributes.readInto(draft);
  return { draft, refusal, features: featuresOf(draft.features) };
}

describe('attributes of a prediction', () => {
  const id = ['ml.prediction.id', 'p'] as const;

  it('given twice count once: the last value, in the place of the first', () => {
    const attributes = new MlAttributes(new MlKeys(words), 100);
    const { draft, features } = read(attributes, [
      ['ml.feature.a', 1],
      id,
      ['ml.feature.b', 'x'],
      ['ml.prediction.score', 0.5],
      ['ml.feature.a', 'now a text'],
      ['ml.feature.b', 2],
      ['ml.prediction.score', null],
    ]);
    expect(features).toEqual([
      ['a', 'now a text'],
      ['b', 2],
    ]);
    expect(draft.score).toBeNull();
  });

  it('of one record show nothing of the record before', () => {
    const attributes = new MlAttributes(new MlKeys(words), 100);
    read(attributes, [id, ['ml.feature.a', 1], ['ml.feature.b', 2], ['ml.tag.region', 'EU']]);
    const { draft, features } = read(attributes, [['ml.feature.b', 3], id]);
    expect(features).toEqual([['b', 3]]);
    expect(draft.tags).toEqual([]);
    attributes.clear();
    add(attributes, 'ml.model.name', 'm');
    expect(attributes.carriesPrediction).toBe(false);
    add(attributes, 'ml.feature.a', 1);
    expect(attributes.carriesPrediction).toBe(true);
  });

  it('are refused by name where they are wrong, and as a whole beyond the limit', () => {
    const attributes = new MlAttributes(new MlKeys(words), 3);
    expect(read(attributes, [id, ['ml.prediction.scor', 1]]).refusal).toMatchObject({
      reason: 'unknown_field',
      field: 'ml.prediction.scor',
    });
    expect(read(attributes, [['ml.feature.a', 1]]).refusal).toMatchObject({ reason: 'missing' });
    const four = ['a', 'b', 'c'].map((name) => [`ml.feature.${name}`, 1] as const);
    expect(read(attributes, [id, ...four]).refusal).toMatchObject({ reason: 'too_many_features' });
    expect(read(attributes, [id, ...four.slice(1), id]).refusal).toBeUndefined();
  });

  it('keep long, foreign and broken texts as they are', () => {
    const attributes = new MlAttributes(new MlKeys(words), 100);
    const long = 'é'.repeat(200);
    key.setText('ml.feature.broken');
    attributes.clear();
    attributes.addText(key, Uint8Array.of(0x61, 0xff), 0, 2);
    add(attributes, 'ml.feature.long', long);
    add(attributes, 'ml.prediction.id', 'p');
    add(attributes, 'ml.other.convention', 1);
    const draft = new PredictionDrafts(words).take();
    expect(attributes.readInto(draft)).toBeUndefined();
    expect(featuresOf(draft.features)).toEqual([
      ['broken', 'a\u{FFFD}'],
      ['long', long],
    ]);
  });
});

describe('drafts of predictions', () => {
  it('are empty when they are used again', () => {
    const drafts = new PredictionDrafts(words);
    const first = drafts.take();
    const empty = structuredClone({ ...first, features: { length: first.features.length } });
    Object.assign(first, { predictionId: 'x', model: 'm', version: 'v', timestamp: 1, role: 'candidate', score: 1 });
    Object.assign(first, { decision: 'd', value: 1, propensity: 1, latencyMs: 1, traceId: 't', spanId: 's' });
    first.features.push('a', 1);
    first.tags.push(['a', 'b']);
    first.scores.push(['a', 1]);
    expect(drafts.take()).not.toBe(first);
    drafts.release();
    const again = drafts.take();
    expect(again).toBe(first);
    expect({ ...again, features: { length: again.features.length } }).toEqual(empty);
  });
});
