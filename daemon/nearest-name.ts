/**
 * The known name that a mistyped one most likely meant: fewest edits, case ignored, at most a third of its length
 * (one always, three at most); undefined when none is near. Ties go to the earlier name.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, LONGEST).toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.min(3, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= fewest) continue;
    const edits = editDistance(wanted, candidate.toLowerCase());
    if (edits < fewest) [nearest, fewest] = [candidate, edits];
  }
  return nearest;
}

/** Names come from strangers: a megabyte of one must not cost a square of it. */
const LONGEST = 300;

/**
 * Insertions, deletions, substitutions and swaps of two neighbours that turn `a` into `b` (Damerau's four typing errors;
 * no letter is edited twice).
 */
function editDistance(a: string, b: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] ? (twoAbove[column - 2] ?? 0) + 1 : Infinity;
      current.push(Math.min(substituted, swapped, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    [twoAbove, above] = [above, current];
  }
  return above[b.length] ?? 0;
}
