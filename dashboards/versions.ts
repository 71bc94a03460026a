/** How findings say that they are about every version together. */
const EVERY = 'all';

/** What was judged of a version: its own findings, and those about every version together. All of them without one. */
export function ofVersion<T extends { readonly version: string }>(found: readonly T[], version: string): readonly T[] {
  return version === '' ? found : found.filter((one) => one.version === version || one.version === EVERY);
}

/** The version to ask the API for; undefined for every version together. */
export function askedVersion(version: string): string | undefined {
  return version === EVERY || version === '' ? undefined : version;
}

/** The version of a finding or alert in words. */
export function versionWords(version: string): string {
  return version === EVERY ? 'all versions' : `version ${version}`;
}
