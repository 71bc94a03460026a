/** Columns cut into few levels at their quantiles; level 0 is missing. */
interface Levels {
  readonly rows: number;
  readonly columns: number;
  /** Column after column. */
  readonly levels: Uint8Array;
}

/** One split at the root and one on either side of it, with the score that each of the four leaves adds. */
interface Tree {
  readonly root: Split;
  readonly sides: readonly [Split, Split];
  readonly leaves: readonly [number, number, number, number];
}

/** Rows whose level is at most `level` go left. */
interface Split {
  readonly column: number;
  readonly level: number;
  readonly gain: number;
}

const LEVELS = 16;
const TREES = 30;
const FOLDS = 5;
const STEP = 0.2;
/** Added to the second derivatives of a leaf, and what a leaf holds of them at least. */
const RIDGE = 1;
const LEAST_IN_LEAF = 5;

export interface Told {
  /** Log-odds that a row belongs to the second class, each by trees that never saw the row. */
  readonly scores: Float64Array;
  /** What each column took part in telling the classes apart, as shares that sum to 1. */
  readonly importance: Float64Array;
}

/**
 * Tells two classes of rows apart by gradient boosting on the logistic loss (Friedman 2001): trees of depth 2 over
 * quantile levels, which see pairs of columns too, cross-fitted over five folds. Deterministic; the rows are in random order.
 * @param values row-major, NaN is missing
 * @param isSecond the class of each row
 */
export function tellApart(values: Float32Array, columns: number, isSecond: Uint8Array): Told {
  const rows = isSecond.length;
  const data = levelsOf(values, rows, columns);
  const scores = new Float64Array(rows);
  const importance = new Float64Array(columns);
  for (let fold = 0; fold < FOLDS; fold++) {
    const inside: number[] = [];
    for (let row = 0; row < rows; row++) if (row % FOLDS !== fold) inside.push(row);
    const fitted = new Float64Array(rows);
    for (let n = 0; n < TREES; n++) {
      const tree = grow(data, inside, (row) => {
        const chance = 1 / (1 + Math.exp(-(fitted[row] ?? 0)));
        return [(isSecond[row] ?? 0) - chance, chance * (1 - chance)];
      });
      for (let row = 0; row < rows; row++) fitted[row] = (fitted[row] ?? 0) + STEP * leafOf(tree, data, row);
      for (const split of [tree.root, ...tree.sides])
        importance[split.column] = (importance[split.column] ?? 0) + split.gain;
    }
    for (let row = fold; row < rows; row += FOLDS) scores[row] = fitted[row] ?? 0;
  }
  const total = importance.reduce((sum, gain) => sum + gain, 0);
  return { scores, importance: importance.map((gain) => (total === 0 ? 0 : gain / total)) };
}

/**
 * What to expect of every row, learned from those whose target is known: gradient boosting on squared errors, of the same
 * trees. Deterministic.
 * @param values row-major, NaN is missing
 * @param targets of each row, NaN where it is to be found; NaN comes back where none is known
 */
export function expectFrom(values: Float32Array, columns: number, targets: Float64Array): Float64Array {
  const rows = targets.length;
  const data = levelsOf(values, rows, columns);
  const known: number[] = [];
  for (let row = 0; row < rows; row++) if (!Number.isNaN(targets[row] ?? NaN)) known.push(row);
  const mean = known.reduce((sum, row) => sum + (targets[row] ?? 0), 0) / known.length;
  const fitted = new Float64Array(rows).fill(mean);
  for (let n = 0; n < TREES; n++) {
    const tree = grow(data, known, (row) => [(targets[row] ?? 0) - (fitted[row] ?? 0), 1]);
    for (let row = 0; row < rows; row++) fitted[row] = (fitted[row] ?? 0) + STEP * leafOf(tree, data, row);
  }
  return fitted;
}

function levelsOf(values: Float32Array, rows: number, columns: number): Levels {
  const levels = new Uint8Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    const present: number[] = [];
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + column] ?? NaN;
      if (!Number.isNaN(value)) present.push(value);
    }
    present.sort((one, other) => one - other);
    const cuts = Array.from(
      { length: LEVELS - 1 },
      (_, at) => present[Math.floor(((at + 1) / LEVELS) * present.length)] ?? 0,
    );
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + column] ?? NaN;
      let level = 0;
      if (!Number.isNaN(value)) for (level = 1; level <= cuts.length && (cuts[level - 1] ?? 0) < value;) level++;
      levels[column * rows + row] = level;
    }
  }
  return { rows, columns, levels };
}

/** @param derivatives of the loss at a row, as it is fitted so far: what is left to explain, and its weight */
function grow(
  data: Levels,
  inside: readonly number[],
  derivatives: (row: number) => readonly [first: number, second: number],
): Tree {
  const first = new Float64Array(data.rows);
  const second = new Float64Array(data.rows);
  for (const row of inside) [first[row], second[row]] = derivatives(row);
  const root = bestSplit(data, inside, first, second);
  const parts: readonly [number[], number[]] = [[], []];
  for (const row of inside) parts[goesRight(root, data, row)].push(row);
  const sides = [bestSplit(data, parts[0], first, second), bestSplit(data, parts[1], first, second)] as const;
  const sums = new Float64Array(8);
  for (const [side, part] of parts.entries()) {
    for (const row of part) {
      const leaf = 2 * side + goesRight(sides[side as 0 | 1], data, row);
      sums[2 * leaf] = (sums[2 * leaf] ?? 0) + (first[row] ?? 0);
      sums[2 * leaf + 1] = (sums[2 * leaf + 1] ?? 0) + (second[row] ?? 0);
    }
  }
  const leaf = (at: number): number => (sums[2 * at] ?? 0) / ((sums[2 * at + 1] ?? 0) + RIDGE);
  return { root, sides, leaves: [leaf(0), leaf(1), leaf(2), leaf(3)] };
}

function bestSplit(data: Levels, rows: readonly number[], first: Float64Array, second: Float64Array): Split {
  let best: Split = { column: 0, level: LEVELS, gain: 0 };
  const [firsts, seconds] = [new Float64Array(LEVELS + 1), new Float64Array(LEVELS + 1)];
  let [all, weight] = [0, 0];
  for (const row of rows) {
    all += first[row] ?? 0;
    weight += second[row] ?? 0;
  }
  for (let column = 0; column < data.columns; column++) {
    firsts.fill(0);
    seconds.fill(0);
    const start = column * data.rows;
    for (const row of rows) {
      const level = data.levels[start + row] ?? 0;
      firsts[level] = (firsts[level] ?? 0) + (first[row] ?? 0);
      seconds[level] = (seconds[level] ?? 0) + (second[row] ?? 0);
    }
    let [left, leftWeight] = [0, 0];
    for (let level = 0; level < LEVELS; level++) {
      left += firsts[level] ?? 0;
      leftWeight += seconds[level] ?? 0;
      if (leftWeight < LEAST_IN_LEAF || weight - leftWeight < LEAST_IN_LEAF) continue;
      const right = all - left;
      const gain =
        left ** 2 / (leftWeight + RIDGE) + right ** 2 / (weight - leftWeight + RIDGE) - all ** 2 / (weight + RIDGE);
      if (gain > best.gain) best = { column, level, gain };
    }
  }
  return best;
}

function goesRight({ column, level }: Split, data: Levels, row: number): 0 | 1 {
  return (data.levels[column * data.rows + row] ?? 0) > level ? 1 : 0;
}

function leafOf({ root, sides, leaves }: Tree, data: Levels, row: number): number {
  const side = goesRight(root, data, row);
  return leaves[(2 * side + goesRight(sides[side], data, row)) as 0 | 1 | 2 | 3];
}
