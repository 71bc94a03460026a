// The package has types, but does not name them in its `exports`; these are the functions that special.ts takes.
declare module 'cephes' {
  export const compiled: Promise<void>;
  export function chdtrc(degreesOfFreedom: number, statistic: number): number;
  export function chdtri(degreesOfFreedom: number, upperTail: number): number;
  export function incbet(a: number, b: number, x: number): number;
  export function incbi(a: number, b: number, y: number): number;
  export function kolmogi(upperTail: number): number;
  export function kolmogorov(y: number): number;
  export function ndtr(z: number): number;
  export function ndtri(probability: number): number;
}
