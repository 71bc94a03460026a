/** The byte around each name in `number_names`, as SQL. */
const AROUND = `'\\xFF'`;

/** Lists of names, one or more each, as they stand in `number_names`. @param lists an expression of an array of arrays */
export function listsAsStored(lists: string): string {
  return `arrayMap(names -> concat(${AROUND}, arrayStringConcat(names, ${AROUND}), ${AROUND}), ${lists})`;
}

/** The names of a row as an array, one for each of `number_values`. */
export const NUMBER_NAMES = `arrayPopBack(arrayPopFront(splitByChar(${AROUND}, number_names)))`;

/**
 * The number of a row that has this name; NaN where there is none. The names before it are split to be counted:
 * `countSubstrings` and `replaceAll` of ClickHouse 26.7 miss single bytes from 0x80 on in the last rows of a block, on some processors.
 * @param name an expression that is the same for all rows
 */
export function numberNamed(name: string): string {
  const before = `left(number_names, position(number_names, concat(${AROUND}, ${name}, ${AROUND})))`;
  const place = `length(splitByChar(${AROUND}, ${before})) - 1`;
  return `if(${place} = 0, nan, number_values[${place}])`;
}

/** The bin of a number: see `binCode`. -0 counts as 0, and NaN of either sign, which is what is missing, as `MISSING_CODE`. */
export function codeOf(value: string): string {
  return `bitShiftRight(reinterpretAsUInt64(if(isNaN(${value}), nan, ${value} + 0.)), 47)`;
}

export const MISSING_CODE = 0xfff0;
