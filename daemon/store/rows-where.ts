/** Places of the values that are `wanted`, ascending. */
export function rowsWhere(values: Uint8Array, wanted: (value: number) => boolean): Uint32Array {
  const found: number[] = [];
  for (let row = 0; row < values.length; row++) if (wanted(values[row] ?? 0)) found.push(row);
  return Uint32Array.from(found);
}
