/** Batches of changed paths, decided as a session decides them; nothing is done about them. */
import assert from 'node:assert/strict';
import { parseDockerfile } from '../../src/project/dockerfile/parse/parse-dockerfile.ts';
import type { WatchRule } from '../../src/project/service.ts';
import type { ServiceRules } from '../../src/sync/decide/decide.ts';
import { planBatch, type BatchPlan } from '../../src/sync/decide/plan-batch.ts';
import { readRecipe, type RecipeOptions } from '../../src/sync/recipe/read-recipe.ts';
import { emptyImageConfig, type ImageConfig } from '../../src/project/dockerfile/evaluate/image-config.ts';
import type { Node } from '../../src/sync/tree/node.ts';

export interface Options extends Partial<
  Pick<RecipeOptions, 'liveRuns' | 'reloadsAfterLine' | 'isDirectory' | 'resolve'>
> {
  readonly buildArgs?: Record<string, string>;
  readonly target?: string;
  readonly watch?: readonly Partial<WatchRule>[];
  readonly base?: Partial<ImageConfig>;
  /** What is in the context besides the paths in question; `name -> target` is a link. */
  readonly others?: readonly string[];
  readonly programFiles?: readonly string[];
}

export function rulesOf(
  dockerfile: string,
  {
    buildArgs = {},
    target,
    watch = [],
    base,
    programFiles = [],
    liveRuns,
    reloadsAfterLine,
    isDirectory,
    resolve,
  }: Options = {},
): Promise<ServiceRules> {
  const baseImages = new Map(base === undefined ? [] : [['base', { ...emptyImageConfig, ...base }]]);
  const recipe = readRecipe(parseDockerfile(dockerfile), {
    ...{ buildArgs, target, baseImages },
    ...(liveRuns && { liveRuns }),
    ...(reloadsAfterLine === undefined ? {} : { reloadsAfterLine }),
    ...(isDirectory && { isDirectory }),
    ...(resolve && { resolve }),
  });
  return Promise.resolve({
    ...{ recipe, contextDirectory: '/project', buildFiles: ['/project/Dockerfile'], effect: 'restart' },
    programFiles,
    watch: watch.map(rule => ({
      ...{ action: 'sync', path: '/project', target: undefined, exec: undefined },
      ...{ ignore: [], include: [], isSyncedAtStart: undefined },
      ...rule,
    })),
  });
}

/** `dir/`, `link -> target`, or a file. */
export function toNode(text: string): [string, Node] {
  const [name = '', target] = text.split(' -> ');
  if (target !== undefined) return [name, { kind: 'symlink', target }];
  if (name.endsWith('/')) return [name.slice(0, -1), { kind: 'directory' }];
  return [name, { kind: 'file', isExecutable: false, sizeBytes: 1, sha256: name }];
}

/** A batch in which `names` are new; those that begin with `-` are gone. */
export async function planOf(
  dockerfile: string,
  names: readonly string[],
  options: Options = {},
): Promise<BatchPlan> {
  const present = names.filter(it => !it.startsWith('-'));
  const nodes = new Map([...present, ...(options.others ?? [])].map(toNode));
  const dirty = new Map(
    names.map((it): [string, Node | undefined] => {
      const [name, node] = toNode(it.replace(/^-/, ''));
      return [name, it.startsWith('-') ? node : undefined];
    }),
  );
  return planBatch(await rulesOf(dockerfile, options), { dirty, nodes, applied: new Map() });
}

/** What `--verbose` says of each name; `@` stands for it. */
export async function expectDecisions(
  dockerfile: string,
  expected: Record<string, string>,
  options: Options = {},
): Promise<void> {
  const { decisions } = await planOf(dockerfile, Object.keys(expected), options);
  const found = new Map(decisions.map(({ name, do: what, why }) => [name, `${what}: ${why}`]));
  const nameOf = (key: string): string => toNode(key.replace(/^-/, ''))[0];
  assert.deepEqual(
    Object.keys(expected).map(key => [key, found.get(nameOf(key))]),
    Object.entries(expected),
  );
}
