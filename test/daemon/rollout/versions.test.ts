import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelInput, ModelVersion } from '../../../detectors/terms.ts';
import { openVersions, type Registration, type Versions } from '../../../daemon/rollout/versions.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { floats, classModelFolder, layersModelFolder } from '../../shadow/model-folder.ts';
import { temporaryStore } from '../../support/temporary.ts';

function number(feature: string, change: Partial<ModelInput> = {}): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1, ...change };
}

describe('the registration of versions', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let models: string;
  let versions: Versions;
  let now = 1_700_000_000_000;
  const register = (change: Partial<Registration> = {}, model = 'fraud'): Promise<ModelVersion> =>
    versions.register(model, { version: 'v1', path: 'good', inputs: [number('a'), number('b')], ...change });
  const open = (store: Store): Versions =>
    openVersions({
      store,
      directory: models,
      clock: { now: () => now },
      backend: 'wasm',
      timeoutMs: 20_000,
      memoryMb: 1024,
      threshold: (model) => (model === 'fraud' ? 0.7 : 0.5),
      kind: (model) => (model === 'tiers' ? 'multiclass' : 'binary'),
    });

  beforeAll(async () => {
    opened = await temporaryStore();
    models = join(opened.directory, 'models');
    versions = open(opened.store);
    await layersModelFolder(join(models, 'good'), { weights: [1, -2], bias: 0.5 });
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('takes the names of classes for multiclass models, in the order of the columns, and says what is wrong with them', async () => {
    await classModelFolder(join(models, 'tiers'), {
      weights: [
        [1, 0, -1],
        [0, 2, 0],
      ],
    });
    const classes = ['genuine', 'fraud', 'dispute'];
    const ask = (change: Partial<Registration>, model = 'tiers') =>
      register({ path: 'tiers', version: 'c1', classes, ...change }, model);
    const made = await ask({});
    expect(made).toMatchObject({ classes });
    expect(made.golden).toHaveLength(12);
    expect(await ask({})).toEqual(made);
    await expect(ask({ classes: ['fraud', 'genuine', 'dispute'] })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('other files, inputs, threshold, positive_class or classes'),
    });
    const refused = async (change: Partial<Registration>, field: string, message: string, model?: string) =>
      expect(ask({ version: 'c2', ...change }, model)).rejects.toMatchObject({
        field,
        message: expect.stringContaining(message),
      });
    await refused({ classes: ['a'] }, 'classes', 'classes names 1; name each column that the model answers with');
    await refused({ classes: ['a', 'b', 'a'] }, 'classes', 'classes names "a" twice; name each class once');
    await refused({ classes: ['a', '', 'b'] }, 'classes', 'classes has an empty name');
    await refused({ threshold: 0.5 }, 'threshold', 'of classes the most probable decides, leave it out');
    await refused({ positiveClass: 1 }, 'positive_class', 'leave one of them out');
    await refused({}, 'classes', 'classes are for models of kind multiclass, and this one is binary', 'fraud');
    await refused({ classes: ['a', 'b'] }, 'path', 'answers each row with 3 columns, but 2 classes are named');
    await refused({ path: 'good' }, 'path', 'answers each row with one column, but 3 classes are named');
  });

  it('remembers what was found, with the threshold of the model where none is given', async () => {
    const made = await register();
    expect(made).toMatchObject({
      model: 'fraud',
      version: 'v1',
      state: 'registered',
      path: join(models, 'good'),
      format: 'layers',
      threshold: 0.7,
      registeredAt: now,
    });
    expect(Object.keys(made.sha256).sort((a, b) => a.localeCompare(b))).toEqual(['model.json', 'weights.bin']);
    expect(await versions.get('fraud', 'v1')).toEqual(made);
    expect(await versions.get('fraud', 'v2')).toBeUndefined();
    expect(await versions.get('other', 'v1')).toBeUndefined();
    expect(await versions.list('fraud')).toEqual([made]);
    expect(await versions.list('other')).toEqual([]);
  });

  it('gives the first registration when the same is registered again, also from an absolute path', async () => {
    now += 1000;
    const [again, absolute] = [await register(), await register({ path: join(models, 'good') })];
    expect(again.registeredAt).toBe(now - 1000);
    expect(absolute).toEqual(again);
  });

  it('refuses to let a name stand for something else', async () => {
    const conflict = { code: 'conflict', field: 'version' };
    await expect(register({ threshold: 0.1 })).rejects.toMatchObject(conflict);
    await expect(register({ inputs: [number('b'), number('a')] })).rejects.toMatchObject(conflict);
    await layersModelFolder(join(models, 'other'), { weights: [1, -2], bias: 0.25 });
    await expect(register({ path: 'other' })).rejects.toMatchObject(conflict);
    expect((await register({ path: 'other', version: 'v2' })).version).toBe('v2');
  });

  it('lets one of two have a name that they ask for at once', async () => {
    // Whoever looks for the name finds out late.
    const slow = new Proxy(opened.store, {
      get: (target, name: keyof Store) => {
        if (name !== 'documents') return target[name];
        const documents = target.documents<ModelVersion>('versions');
        const get = (id: string) => documents.get(id).then((found) => pause(500, found));
        return () => ({ ...documents, get });
      },
    });
    const { register: registerSlowly } = open(slow);
    const named = { version: 'twice', path: 'good', inputs: [number('a'), number('b')] };
    const both = await Promise.allSettled(
      [0.2, 0.8].map((threshold) => registerSlowly('fraud', { ...named, threshold })),
    );
    expect(both.map(({ status }) => status).sort((a, b) => a.localeCompare(b))).toEqual(['fulfilled', 'rejected']);
    const [made] = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(await versions.get('fraud', 'twice')).toEqual(made);
  });

  it('keeps names with slashes and percent signs apart', async () => {
    await register({ version: 'b/c' }, 'a');
    await register({ version: 'c' }, 'a/b');
    expect((await versions.get('a', 'b/c'))?.model).toBe('a');
    expect((await versions.get('a/b', 'c'))?.model).toBe('a/b');
  });

  it.each([
    ['a parent folder', '../outside'],
    ['an absolute path elsewhere', '/etc'],
    ['the folder of all models', '.'],
    ['a link that leads out', 'link'],
  ])('refuses a path that is %s', async (_, path) => {
    await layersModelFolder(join(opened.directory, 'outside'), { weights: [1, -2] });
    await symlink('../outside', join(models, 'link')).catch(() => undefined);
    await expect(register({ path, version: 'out' })).rejects.toMatchObject({
      code: 'bad_model_file',
      field: 'path',
      message: expect.stringMatching(/does not lie in models.directory .*copy the folder of the model there/),
    });
  });

  it('refuses a folder that is not there, and one beside models.directory with the same beginning', async () => {
    await expect(register({ path: 'nowhere', version: 'n' })).rejects.toThrow(
      /no folder .*nowhere; copy the saved model/,
    );
    await mkdir(`${models}-evil`);
    await expect(register({ path: `${models}-evil`, version: 'n' })).rejects.toThrow(
      /does not lie in models.directory/,
    );
  });

  it('refuses files that are no working model, in words that say what to do', async () => {
    const folder = await layersModelFolder(join(models, 'broken'), { weights: [1, -2] });
    await rename(join(folder, 'weights.bin'), join(folder, 'gone.bin'));
    await expect(register({ path: 'broken', version: 'b' })).rejects.toMatchObject({
      code: 'bad_model_file',
      message: 'weights.bin is missing: copy the whole folder of the model, with every shard',
    });
    await writeFile(join(folder, 'weights.bin'), floats([1, NaN, 0]));
    await expect(register({ path: 'broken', version: 'b' })).rejects.toThrow(/holds NaN or an infinity: train/);
    expect(await versions.get('fraud', 'b')).toBeUndefined();
  });

  it.each([
    ['a scale of 0', number('a', { scale: 0 }), 'inputs[0].scale', /scale of input 0 \(a\) is 0; give the divisor/],
    ['a mean that is no number', number('a', { mean: NaN }), 'inputs[0].mean', /is NaN; give a finite number/],
    ['one_hot without categories', number('a', { encoding: 'one_hot' }), 'inputs[0].categories', /list the categories/],
    [
      'a category twice',
      number('a', { encoding: 'one_hot', categories: ['x', 'x'] }),
      'inputs[0].categories',
      /repeat a value; list each once/,
    ],
    [
      'settings that would be ignored',
      number('a', { encoding: 'boolean', mean: 1 }),
      'inputs[0].encoding',
      /is boolean; fill, log1p, mean and scale are for numbers/,
    ],
  ])('refuses inputs with %s, naming the field', async (_, input, field, message) => {
    await expect(register({ inputs: [input, number('b')], version: 'i' })).rejects.toMatchObject({
      code: 'invalid_request',
      field,
      message: expect.stringMatching(message),
    });
  });
});
