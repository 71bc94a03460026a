import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../daemon/config/config.ts';
import { findUnknown } from '../../../daemon/models/check-detectors.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import type { Documents } from '../../../daemon/store/documents.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';

/** A double of one collection of documents, in memory. */
function memory(): Documents<ModelRecord> {
  const stored = new Map<string, ModelRecord>();
  return {
    put: async (document) => void stored.set(document.id, document),
    putAll: async (all) => all.forEach((document) => stored.set(document.id, document)),
    get: async (id) => stored.get(id),
    list: async () => [...stored.values()],
  };
}

const config = configSchema.parse({
  models: { defaults: { threshold: 0.6 }, by_name: { fraud: { window: '5m', detectors: { psi: { limit: 0.2 } } } } },
}).models;

describe('the settings of a model', () => {
  it('are the defaults, under those of the file, under those of the API', async () => {
    const documents = memory();
    const book = await openModelSettings(config, documents);
    expect(book.of('unheard-of')).toMatchObject({ threshold: 0.6, window: 3_600_000 });
    expect(book.of('fraud')).toMatchObject({ threshold: 0.5, window: 300_000 });
    await book.change('fraud', { threshold: 0.9, window: '10m' });
    expect(book.of('fraud')).toMatchObject({ threshold: 0.9, window: 600_000, detectors: { psi: { limit: 0.2 } } });
    const again = await openModelSettings(config, documents);
    expect(again.of('fraud')).toEqual(book.of('fraud'));
  });

  it('refuse what is wrong, and keep what was', async () => {
    const book = await openModelSettings(config, memory());
    await expect(book.change('fraud', { threshold: 'high' })).rejects.toMatchObject({
      code: 'invalid_request',
      field: 'threshold',
    });
    await expect(book.change('fraud', { detectors: { missing_shre: {} } })).rejects.toThrow(
      /did you mean "missing_share"/,
    );
    expect(book.of('fraud').threshold).toBe(0.5);
  });

  it('hold for models named like parts of JavaScript', async () => {
    const book = await openModelSettings(config, memory());
    for (const name of ['__proto__', 'constructor', 'toString']) expect(book.of(name).threshold).toBe(0.6);
  });
});

describe('settings of detectors', () => {
  it('name the detector, the setting and the range that are wrong', () => {
    expect(findUnknown({ psi: { limit: 0.3 }, ks: false })).toEqual([]);
    expect(findUnknown({ psi: { limt: 1 } })[0]).toMatchObject({ path: ['psi', 'limt'] });
    expect(findUnknown({ psi: { limit: -5 } })[0]?.message).toMatch(/number from/);
    expect(findUnknown({ constructor: {} })).toHaveLength(1);
  });
});
