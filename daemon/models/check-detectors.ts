import { detectors, findDetector } from '../../detectors/find-detector.ts';
import { completeSettings } from '../../detectors/settings.ts';
import { nearestName } from '../nearest-name.ts';

/** Names of detectors and of their settings that do not exist, or values out of their range. */
export function findUnknown(
  given: Readonly<Record<string, unknown>>,
): { readonly path: readonly string[]; readonly message: string }[] {
  const known = detectors.map((detector) => detector.name);
  return Object.entries(given).flatMap(([name, settings]) => {
    const detector = findDetector(name);
    if (detector === undefined) {
      const nearest = nearestName(name, known);
      const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
      return [{ path: [name], message: `unknown detector "${name}"; ${hint}` }];
    }
    if (typeof settings === 'boolean') return [];
    const { problems } = completeSettings(detector, settings as Readonly<Record<string, number>>);
    return problems.map(({ setting, message }) => ({ path: [name, setting], message }));
  });
}
