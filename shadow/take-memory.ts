/** Gives memory of a number of bytes, at a place that fits numbers of any kind; it may hold what was there before. */
export type TakeMemory = (bytes: number) => Uint8Array;

/** Memory of its own, which is given back when nobody holds it any more. */
export const ownMemory: TakeMemory = (bytes) => new Uint8Array(bytes);
