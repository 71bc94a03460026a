import { pino } from 'pino';
import type { ModelSettingsBook } from '../../daemon/models/model-settings.ts';
import { openReferences } from '../../daemon/models/references.ts';
import { openFindings } from '../../daemon/store/findings.ts';
import type { Store } from '../../daemon/store/store.ts';
import { openWatch, type Watch, type WatchOptions } from '../../daemon/watch/watch.ts';

/** A watch on a real store that hears of everything, at these settings where no others are given; what it logs is not shown. */
export function openTestWatch({
  store,
  book,
  settings,
  ...options
}: Pick<WatchOptions, 'clock'> &
  Partial<Omit<WatchOptions, 'engine' | 'settings' | 'settingsOf'>> & {
    readonly store: Store;
    readonly book: ModelSettingsBook;
    readonly settings?: Partial<WatchOptions['settings']>;
  }): Promise<Watch> {
  return openWatch({
    engine: store.watcher,
    findings: openFindings(store.writer, store.reader),
    settings: { tick: 1000, settle: 30_000, open_windows: true, false_alarm_budget: 1, back: 48, ...settings },
    settingsOf: book.of,
    references: openReferences(store.watcher, book, store.documents('references')),
    log: pino({ level: 'silent' }),
    observe: async () => {},
    follows: () => true,
    ...options,
  });
}
