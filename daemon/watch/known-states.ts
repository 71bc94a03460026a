import type { FindingState } from '../../detectors/terms.ts';
import type { Place } from './judge.ts';
import type { Ruled } from './rule.ts';

/** The states that were last stored of the windows that are still open: what says the same again need not be written. */
export interface KnownStates {
  /** What closed, failed, or is not as it was. */
  isNews(ruled: Ruled): boolean;
  /** They were stored. */
  note(ruled: readonly Ruled[]): void;
}

/** By detector, then by place: the state, and whether it is that of a stretch that is over. */
type States = Map<string, Map<string, string>>;

/** A model has an open window of traffic, one of labels and one ahead; forgetting more only costs a row for each finding. */
const MOST_WINDOWS = 6;

export function openKnownStates(): KnownStates {
  /** By model, then by the start of the window, the one that was opened first before the others. */
  const known = new Map<string, Map<number, States>>();
  return {
    isNews({ place, trial, weighed }) {
      if (place.final || weighed.state === 'fail') return true;
      const states = known.get(place.model)?.get(place.window.from)?.get(trial.detector.name);
      return states?.get(trial.at) !== said(place, weighed.state);
    },
    note(all) {
      for (const { place, trial, weighed } of all) {
        const windows = entry(known, place.model, () => new Map<number, States>());
        if (place.final) {
          windows.delete(place.window.from);
          continue;
        }
        const states = entry(windows, place.window.from, (): States => new Map());
        if (windows.size > MOST_WINDOWS) windows.delete(windows.keys().next().value!);
        entry(states, trial.detector.name, () => new Map<string, string>()).set(trial.at, said(place, weighed.state));
      }
    },
  };
}

/** What is said of the whole stretch for the first time is news: it is what labels will be held against. */
function said({ isOver }: Place, state: FindingState): string {
  return isOver === true ? `${state} at last` : state;
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
