import { ImageEngine } from './image-engine.ts';
import { openTestMemory } from './delta-rounds.ts';
import { pushInProcess, type InProcessPush } from './push-in-process.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree, type Tree } from './tree.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { BuildMemory } from '../../src/release/build/build-memory.ts';
import type { PushEvent } from '../../src/release/apply/events.ts';

/** The name of the image that the scene's project has. */
export const sceneImage = 'scene-main:latest';

export interface ImageScene extends AsyncDisposable {
  readonly path: string;
  readonly engine: ImageEngine;
  readonly memory: BuildMemory;
  write(files: Tree): Promise<void>;
  push(options?: Partial<InProcessPush> & { readonly to?: Engine }): Promise<PushEvent[]>;
}

/** A project of one service, and an engine in memory that has its base image. */
export async function openImageScene(lines: readonly string[], files: Tree): Promise<ImageScene> {
  const temp = await openTempDirectory();
  const engine = new ImageEngine();
  engine.add('busybox', [{ '/bin/sh': 'shell' }]);
  const memory = openTestMemory();
  await makeTree(temp.path, {
    'compose.yaml': 'services: {main: {build: .}}\n',
    '.dockerignore': 'compose.yaml\nDockerfile\n.dockerignore\n',
    Dockerfile: [...lines, ''].join('\n'),
    ...files,
  });
  return {
    path: temp.path,
    engine,
    memory,
    write: more => makeTree(temp.path, more),
    push: ({ to = engine.asEngine(), ...options } = {}) =>
      pushInProcess(to, temp.path, { name: 'scene', memory, ...options }),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

/** How each image was made, with the reason where a way was left for the next one. */
export const waysOf = (events: readonly PushEvent[]): string[] =>
  events.flatMap(event => (event.type === 'build-way' ? [event.way] : []));

export const causesOf = (events: readonly PushEvent[]): string[] =>
  events.flatMap(event => (event.type === 'build-way' ? [event.cause] : []));
