import assert from 'node:assert/strict';
import type { Engine } from '../../src/engine/engine.ts';
import type { BuildPlace } from '../../src/project/build.ts';
import { readProject } from '../../src/project/read-project.ts';
import { engineRunner } from '../../src/release/apply/engine-runner.ts';
import type { PushEvent } from '../../src/release/apply/events.ts';
import { push } from '../../src/release/apply/push.ts';
import type { PushDependencies } from '../../src/release/apply/push-request.ts';
import type { BuildMemory } from '../../src/release/build/build-memory.ts';
import type { LocalTag, LocalTagRecords } from '../../src/release/build/local/local-tags.ts';
import type { RunDocker } from '../../src/release/build/local/run-docker.ts';

export interface InProcessPush {
  /** Of the project. */
  readonly name: string;
  readonly memory: BuildMemory;
  readonly isCacheUsed?: boolean;
  readonly usesDeltas?: boolean;
  readonly extent?: 'all' | 'build';
  /** Default: the device does not say. */
  readonly freeBytes?: number | undefined;
  readonly place?: BuildPlace;
  readonly tagRecords?: LocalTagRecords;
  /** This machine's. Default: a build on the device asks none. */
  readonly docker?: RunDocker;
}

/** Lasts as long as the test. */
export function openTestTagRecords(
  before: ReadonlyMap<string, readonly LocalTag[]> = new Map(),
): LocalTagRecords & { readonly stored: ReadonlyMap<string, readonly LocalTag[]> } {
  const stored = new Map(before);
  return {
    stored,
    find: owner => Promise.resolve(stored.get(JSON.stringify(owner)) ?? []),
    keep: (owner, tags) => Promise.resolve(void stored.set(JSON.stringify(owner), tags)),
  };
}

/** What a push gets that builds nothing and pulls nothing. */
export const dependenciesWithoutBuilds = (
  engine: Engine,
  report: PushDependencies['report'] = () => undefined,
): PushDependencies => ({
  engine,
  address: 'kitchen',
  logins: () => Promise.resolve({}),
  readFreeBytes: () => Promise.resolve(undefined),
  engineSocket: '/run/engine.sock',
  memory: {} as BuildMemory,
  local: {
    docker: () => assert.fail('nothing is built'),
    unzstd: () => assert.fail('nothing is unpacked'),
    tagRecords: openTestTagRecords(),
  },
  report,
  signal: new AbortController().signal,
});

/** Pushes a directory to `engine` without a program or a terminal; returns what was reported. */
export async function pushInProcess(
  engine: Engine,
  directory: string,
  {
    name,
    memory,
    isCacheUsed = true,
    usesDeltas = true,
    extent = 'build',
    freeBytes,
    place = 'device',
    tagRecords = openTestTagRecords(),
    docker = () => Promise.reject(new Error('a build on the device asks no docker here')),
  }: InProcessPush,
): Promise<PushEvent[]> {
  const events: PushEvent[] = [];
  const project = await readProject(directory, { projectName: name, placeOf: () => place });
  await push(
    { project, services: [], isCacheUsed, usesDeltas, isPulled: false, removesOrphans: false, extent },
    {
      engine,
      address: 'device',
      logins: () => Promise.resolve({}),
      readFreeBytes: () => Promise.resolve(freeBytes),
      engineSocket: '/run/engine.sock',
      memory,
      local: {
        docker,
        unzstd: () => {
          throw new Error('no layer is compressed by zstd');
        },
        tagRecords,
      },
      report: event => void events.push(event),
      signal: new AbortController().signal,
    },
    engineRunner,
  );
  return events;
}
