/** An object without its `undefined` properties: `exactOptionalPropertyTypes` tells absent from undefined. */
export type Given<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Leaves out what a request did not give. */
export function given<T extends object>(object: T): Given<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** The text of a filter; an empty one filters nothing. */
export function filter(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
