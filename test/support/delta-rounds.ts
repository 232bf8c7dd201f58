/** Pushes of a project that changes at random, each compared with a full build of the same sources. */
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../src/engine/engine.ts';
import type { PushEvent } from '../../src/release/apply/events.ts';
import type {
  BuildMemory,
  RememberedBuild,
  RememberedContext,
  SentImage,
} from '../../src/release/build/build-memory.ts';
import { readImage } from './compare-images.ts';
import { pushInProcess } from './push-in-process.ts';
import { anyBuild, editBuild } from './random-build.ts';
import { editAtRandom, randomFrom } from './random-edits.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree } from './tree.ts';

export interface TestMemory extends BuildMemory {
  clone(): TestMemory;
}

/** Lasts as long as the test, and goes through JSON as a file would. */
export function openTestMemory(): TestMemory {
  const contexts = new Map<string, RememberedContext>();
  const builds = new Map<string, string>();
  const sent = new Map<string, SentImage>();
  return {
    get: () => undefined,
    set: () => undefined,
    findContext: service => contexts.get(service),
    keepContext: (service, context) => void contexts.set(service, context),
    findBuild: service => {
      const text = builds.get(service);
      return text === undefined ? undefined : (JSON.parse(text) as RememberedBuild);
    },
    findSent: service => sent.get(service),
    keepSent: (service, image) => void sent.set(service, image),
    keepBuild: (service, build) => void builds.set(service, JSON.stringify(build)),
    clone() {
      const copy = openTestMemory();
      for (const [service, context] of contexts) copy.keepContext(service, context);
      for (const [service, build] of builds) copy.keepBuild(service, JSON.parse(build) as RememberedBuild);
      for (const [service, image] of sent) copy.keepSent(service, image);
      return copy;
    },
  };
}

interface Device {
  readonly engine: Engine;
  /** `http://ADDRESS:PORT` */
  readonly url: string;
}

const build = (
  { engine }: Device,
  directory: string,
  request: { readonly name: string; readonly memory: BuildMemory; readonly isCacheUsed: boolean },
): Promise<PushEvent[]> => pushInProcess(engine, directory, request);

/** How each image of a round was made. */
export async function runDeltaRound(device: Device, seed: number): Promise<string[]> {
  const random = randomFrom(seed);
  await using temp = await openTempDirectory();
  const name = `delta${seed.toString()}`;
  const memory = openTestMemory();
  let lines = anyBuild(random);
  await makeTree(temp.path, {
    a: 'a\n',
    b: 'b\n',
    D: null,
    'D/a': 'in D\n',
    'D/b/c.txt': 'deep\n',
    'c.txt': 'c\n',
    // A network for each RUN would take most of the time.
    'compose.yaml': 'services: {main: {build: {context: ., network: none}}}\n',
    naïve: 'n\n',
    '.dockerignore': random(2) === 0 ? 'nothing\n' : '.dockerignore\nDockerfile\n',
  });
  const write = (): Promise<void> => writeFile(path.join(temp.path, 'Dockerfile'), `${lines.join('\n')}\n`);
  await write();
  const ways: string[] = [];
  const told: string[] = [];
  for (let i = 0; i < 3; i++) {
    if (i > 0) {
      if (random(4) === 0) {
        lines = editBuild(lines, random);
        await write();
        told.push('edit of the Dockerfile');
      }
      for (let edits = random(4); edits >= 0; edits--) told.push(await editAtRandom(temp.path, random));
      if (random(3) === 0) await chmod(path.join(temp.path, 'c.txt'), 0o755).catch(() => undefined);
    }
    const full = { name: `${name}full`, memory: openTestMemory(), isCacheUsed: false };
    const isBuildable = await build(device, temp.path, full).then(
      () => true,
      () => false,
    );
    let events: PushEvent[];
    try {
      events = await build(device, temp.path, { name, memory, isCacheUsed: true });
    } catch (error) {
      if (isBuildable) throw error;
      ways.push('fails');
      if (i === 0) break;
      continue;
    }
    const where = `seed ${seed.toString()}, push ${i.toString()}\n${lines.join('\n')}\n${told.join('\n')}`;
    assert.ok(isBuildable, `a full build fails, a delta does not: ${where}`);
    const chosen = events.flatMap(event => (event.type === 'build-way' ? [event] : []));
    const last = chosen.at(-1);
    ways.push(last?.way ?? (events.some(({ type }) => type === 'built') ? 'first' : 'unchanged'));
    if (chosen.length > 1) told.push(`next way: ${last?.cause ?? ''}`);
    const [ours, theirs] = await Promise.all([
      readImage(device.url, `${name}-main`),
      readImage(device.url, `${name}full-main`),
    ]);
    assert.deepEqual(ours, theirs, `${ways.join(', ')}: ${where}`);
  }
  return ways;
}
