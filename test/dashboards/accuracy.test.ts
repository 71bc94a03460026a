import { describe, expect, it } from 'vitest';
import { detailOf, newestFigures } from '../../dashboards/accuracy-words.ts';
import type { Finding } from '../../daemon/api/contract.ts';
import { finding as ofFeature } from './a-finding.ts';

const aFinding = (given: Partial<Finding>): Finding => ofFeature('', 0, given);
const at = (from: string) => ({ from, to: from });

describe('the figures of accuracy', () => {
  it('are the newest of each, in reading order, of the version that more labels speak of', () => {
    const rows = newestFigures([
      aFinding({ detector: 'label_flow', window: at('2026-11-02T00:00:00Z') }),
      aFinding({ detector: 'roc_auc', version: 'v1', count: 10, window: at('2026-11-02T00:00:00Z') }),
      aFinding({ detector: 'roc_auc', version: 'v2', count: 90, window: at('2026-11-02T00:00:00Z') }),
      aFinding({ detector: 'roc_auc', version: 'v3', count: 900, window: at('2026-11-01T00:00:00Z') }),
      aFinding({ detector: 'a_new_one', window: at('2026-11-02T00:00:00Z') }),
    ]);
    expect(rows.map(({ title, finding }) => [title, finding.version])).toEqual([
      ['ROC-AUC', 'v2'],
      ['Labels that came, of those expected', expect.any(String)],
      ['a new one', expect.any(String)],
    ]);
  });

  it('take numbers alone from the details', () => {
    const finding = aFinding({ details: { reference: 0.9, windows: '1 h' } });
    expect([detailOf(finding, 'reference'), detailOf(finding, 'windows'), detailOf(finding, 'none')]).toEqual([
      0.9,
      null,
      null,
    ]);
  });
});
