/**
 * SQL of a score rounded, so that predictions can be grouped by it: to 1 part in 2^bits, and between 0.5 and 1 the distance to
 * 1 to as much, so that both ends of a probability are told apart.
 */
export function nearScore(score: string, bits: number): string {
  const [half, kept] = [2 ** (22 - bits), 2 ** 32 - 2 ** (23 - bits)];
  const rounded = (value: string): string =>
    `toFloat64(reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(${value})) + ${half}, ${kept})))`;
  return `if(${score} > 0.5 AND ${score} <= 1, 1 - ${rounded(`1 - ${score}`)}, ${rounded(score)})`;
}
