import { describe, expect, it } from 'vitest';
import { encodeBlock } from '../../../../daemon/ingest/native/block.ts';
import { Dictionary } from '../../../../daemon/ingest/native/dictionary.ts';
import {
  PredictionDrafts,
  appendPrediction,
  wordsOf,
  type PredictionColumns,
} from '../../../../daemon/ingest/records/predictions.ts';
import { SpareColumns } from '../../../../daemon/ingest/records/spare-columns.ts';

function placeOfBytes(dictionary: Dictionary, text: string): number {
  const bytes = Buffer.from(text);
  return dictionary.placeOf(bytes, 0, bytes.length);
}

describe('a dictionary', () => {
  it('gives a text the same place as a string and as bytes, in any order', () => {
    const dictionary = new Dictionary();
    const texts = ['', 'a', 'b', 'ä', 'long '.repeat(50), 'a', 'b'];
    const places = texts.map((text, at) => (at % 2 === 0 ? dictionary.place(text) : placeOfBytes(dictionary, text)));
    for (const [at, text] of texts.entries()) {
      expect(dictionary.place(text)).toBe(places[at]);
      expect(placeOfBytes(dictionary, text)).toBe(places[at]);
      expect(dictionary.text(places[at]!)).toBe(text);
    }
    expect(dictionary.size).toBe(5);
  });

  it('forgets texts that are taken back, whichever way they came', () => {
    const dictionary = new Dictionary();
    dictionary.place('kept');
    for (const text of ['x', 'y']) {
      const place = dictionary.place(text);
      expect(dictionary.text(place)).toBe(text);
      dictionary.pop();
    }
    expect(dictionary.size).toBe(2);
    const other = placeOfBytes(dictionary, 'z');
    expect(dictionary.text(other)).toBe('z');
    expect(dictionary.place('x')).not.toBe(other);
    expect(dictionary.place('y')).not.toBe(other);
  });

  it('takes a lone surrogate for U+FFFD, also when it comes again and after it was taken back', () => {
    const dictionary = new Dictionary();
    const place = dictionary.place('a\ud800');
    expect(dictionary.place('a\ud800')).toBe(place);
    expect(dictionary.place('a\u{FFFD}')).toBe(place);
    dictionary.pop();
    expect(dictionary.place('b')).toBe(place);
    expect(dictionary.text(dictionary.place('a\ud800'))).toBe('a\u{FFFD}');
  });
});

describe('columns that are filled again', () => {
  it('hold nothing of what they held before', () => {
    const append = (columns: PredictionColumns, name: string, at: number): void => {
      const draft = new PredictionDrafts(wordsOf(columns)).take();
      Object.assign(draft, { predictionId: name, model: name, version: 'v', timestamp: 5, decision: name });
      draft.features.push(`${name} number`, 1);
      draft.features.push(`${name} text`, name);
      draft.features.push(`${name} vector`, [1, 2]);
      appendPrediction(columns, draft, at, at);
    };
    const spare = new SpareColumns();
    const first = spare.predictions();
    const fresh = encodeBlock(spare.predictions());
    const spans = spare.spans();
    for (let times = 0; times < 300; times++) append(first, `before ${times}`, 1);
    spare.give(spans, first, 1000);
    const again = spare.predictions();
    expect(again).toBe(first);
    expect(Buffer.from(encodeBlock(again)).equals(fresh)).toBe(true);
    const other = new SpareColumns().predictions();
    for (const columns of [again, other]) append(columns, 'after', 2);
    expect(Buffer.from(encodeBlock(again)).equals(encodeBlock(other))).toBe(true);
  });

  it('are let go after a segment that was odd in size', () => {
    const spare = new SpareColumns();
    const columns = spare.predictions();
    spare.give(spare.spans(), columns, Infinity);
    expect(spare.predictions()).not.toBe(columns);
  });
});
