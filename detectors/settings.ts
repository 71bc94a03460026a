import type { Detector, Setting } from './detector.ts';

/**
 * How rarely sampling noise alone may fail one judgement. Hundreds of features and slices are judged every few
 * seconds, so it is far below the 0.05 of a single test. It is for references that are too short to show how they vary
 * by themselves; for the others the false-alarm budget says how rarely.
 */
export const chance: Setting = {
  default: 1e-8,
  unit: 'probability',
  meaning:
    'how rarely sampling noise alone may fail one judgement, while the reference has fewer than 8 windows to learn from; small windows need a larger difference for it',
  range: [1e-12, 0.1],
};

/** The least number of values (or of what else is counted) that the window, and the reference, must hold. */
export function atLeast(count: number, what: string): Setting {
  return {
    default: count,
    unit: what,
    meaning: `${what} that the window, and the reference, must hold; with fewer the finding is insufficient`,
    range: [10, 1e9],
  };
}

/** A setting that was given and cannot be used; `message` names the range or the known settings. */
export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

/**
 * The settings a detector is judged with: those given over its defaults. Nothing unknown or out of range is taken;
 * each is a problem instead, and the settings must then not be used.
 */
export function completeSettings(
  detector: Detector,
  given: Readonly<Record<string, number>>,
): { readonly settings: Readonly<Record<string, number>>; readonly problems: readonly SettingProblem[] } {
  const settings = Object.fromEntries(
    Object.entries(detector.settings).map(([name, { default: value }]) => [name, value]),
  );
  const problems: SettingProblem[] = [];
  for (const [name, value] of Object.entries(given)) {
    const problem = problemOf(detector, name, value);
    if (problem === undefined) settings[name] = value;
    else problems.push({ setting: name, message: problem });
  }
  return { settings, problems };
}

function problemOf(detector: Detector, name: string, value: number): string | undefined {
  if (!Object.hasOwn(detector.settings, name)) {
    return `${detector.name} has no setting "${name}"; its settings are ${Object.keys(detector.settings).join(', ')}`;
  }
  const [least, most] = detector.settings[name]?.range ?? [-Infinity, Infinity];
  if (Number.isFinite(value) && value >= least && value <= most) return undefined;
  return `${detector.name}.${name} is ${value}; it must be a number from ${least} to ${most}`;
}
