import type { Window } from '../../detectors/terms.ts';
import { readExtent } from '../store/traffic.ts';
import type { Engine } from '../store/engine.ts';
import { windowAt } from '../watch/windows.ts';
import type { ModelSettingsBook } from './model-settings.ts';

/** What windows of a model are judged against. */
export interface Reference {
  /** The version that was pinned, or null for all that answered then. */
  readonly version: string | null;
  readonly window: Window;
  /** False while it was taken by itself, from the first full windows. */
  readonly pinned: boolean;
}

export interface References {
  /** Undefined until a pinned reference, or enough full windows, exist. */
  of(model: string, now: number): Promise<Reference | undefined>;
  pin(model: string, reference: { readonly version: string | null; readonly window: Window }): Promise<void>;
}

/** References are frozen once taken: the automatic one is stored as soon as its last window is over. */
export function openReferences(engine: Engine, book: ModelSettingsBook): References {
  const pin: References['pin'] = async (model, reference) =>
    book.put({ ...book.record(model), reference: { ...reference, pinned: true } });
  return {
    pin,
    async of(model, now) {
      const { reference } = book.record(model);
      if (reference !== null) return reference;
      const extent = await readExtent(engine, model);
      if (extent === undefined) return undefined;
      const settings = book.of(model);
      const from = windowAt(extent.from + settings.window - 1, settings.window).from;
      const length = Math.max(settings.window, Math.floor(settings.reference / settings.window) * settings.window);
      const taken = { version: null, window: { from, to: from + length }, pinned: false };
      if (taken.window.to > now) return undefined;
      await book.put({ ...book.record(model), reference: taken });
      return taken;
    },
  };
}
