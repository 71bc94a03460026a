import type { Versions } from '../rollout/versions.ts';
import type { Engine } from '../store/engine.ts';
import { readVersions } from '../store/traffic.ts';

/** Whether a version is registered, or ever answered. */
export async function hasVersion(versions: Versions, reader: Engine, model: string, version: string): Promise<boolean> {
  if ((await versions.get(model, version)) !== undefined) return true;
  return (await readVersions(reader, 0, model)).some((seen) => seen.version === version);
}

/** The version that answered most since then (Unix milliseconds); undefined when none did. */
export async function busiestVersion(reader: Engine, since: number, model: string): Promise<string | undefined> {
  const seen = await readVersions(reader, since, model);
  return seen.sort((one, other) => other.recent - one.recent)[0]?.version;
}
