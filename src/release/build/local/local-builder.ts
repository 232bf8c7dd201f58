/** Builds on this machine, and sends the device the layers that it lacks. */
import path from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { OsError } from '../../../core/errors.ts';
import { reportsFullDisk } from '../../../core/full-disk.ts';
import { digestContext } from '../../../project/context/content/digest-context.ts';
import { describeBuiltVolumes } from '../../plan/base-volumes.ts';
import type { ObservedRelease } from '../../plan/observed.ts';
import type { BuildTask } from '../../plan/plan.ts';
import { readContents } from '../../plan/read-build-facts.ts';
import type { SentImage } from '../build-memory.ts';
import { recordBuild, recordTag, splitReference } from '../build-record.ts';
import type { BuildDependencies, BuiltImage, ImageBuilder } from '../image-builder.ts';
import {
  checkPlatform,
  findLocalEngine,
  normalPlatform,
  runsPlatform,
  type LocalEngine,
} from './check-docker.ts';
import { buildByDocker } from './docker-build.ts';
import {
  dockerOutOfSpace,
  explainFolderFailure,
  namesImageFolder,
  openImageFolder,
  outOfSpaceHere,
} from './image-folder.ts';
import { inTurn } from './in-turn.ts';
import type { Unzstd } from './layer-content.ts';
import { hasLocalImage } from './local-images.ts';
import { openLocalTags, type LocalTagRecords } from './local-tags.ts';
import type { RunDocker } from './run-docker.ts';
import { openSavedImage, type SavedImage } from './saved-archive.ts';
import { sendDifference } from './send-difference.ts';
import { sendImage } from './send-image.ts';

/** The programs that this machine builds with. */
export interface LocalDocker {
  readonly docker: RunDocker;
  readonly unzstd: Unzstd;
  /** The names that it got from builds. */
  readonly tagRecords: LocalTagRecords;
}

export interface LocalDependencies extends BuildDependencies, LocalDocker {
  /** Of the device: `linux/arm/v7`. */
  readonly platform: string;
  readonly project: string;
  /** The id of the device's engine. */
  readonly device: string;
}

type Images = ObservedRelease['images'];

/** A whole name, as an archive needs it. */
function wholeName(reference: string): string {
  const { repository, tag } = splitReference(reference);
  return `${repository}:${tag}`;
}

/** Checks everything on this machine that builds of `platforms` need. Throws OsError `host-unsuitable`. */
export async function checkLocalBuilds(
  { docker }: Pick<LocalDocker, 'docker'>,
  platforms: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<LocalEngine> {
  const engine = await findLocalEngine(docker, signal);
  for (const platform of platforms) await checkPlatform(docker, engine, platform, signal);
  return engine;
}

/** The platform that the image of `recipe` has to be built for. Throws OsError `host-unsuitable` for one that the device can't run. */
export function wantedPlatform(service: string, asked: string | undefined, device: string): string {
  const platform = asked === undefined ? device : normalPlatform(asked);
  if (runsPlatform(device, platform)) return platform;
  throw new OsError('host-unsuitable', `${service} is for ${platform}, and the device runs ${device}`, {
    hint: 'change its platform in the project',
  });
}

/** Undefined for tasks that are to be built on the device. */
export const openLocalBuilder = (dependencies: LocalDependencies): ImageBuilder => ({
  async build(task, images, signal) {
    if (task.recipe.place !== 'local') return undefined;
    return explained(() => buildHere(task, images, { ...dependencies, signal }));
  },
});

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFolderFailure(error);
  }
}

async function buildHere(
  task: BuildTask,
  images: Images,
  dependencies: LocalDependencies & { readonly signal: AbortSignal },
): Promise<BuiltImage> {
  const { service, reference, recipe, facts } = task;
  const { docker, engine, project, device, tagRecords, memory, report, signal } = dependencies;
  const startedMs = systemClock.nowMs();
  const platform = wantedPlatform(service, recipe.build.platform, dependencies.platform);
  const local = await findLocalEngine(docker, signal);
  // Read before the build, so that the next push reports an edit made meanwhile as a change.
  const { context } = recipe;
  const contents =
    facts.contents ?? (await readContents(context, await digestContext(context, { signal, cache: memory })));
  await using folder = await openImageFolder();
  const tags = await openLocalTags(docker, {
    owner: { project, service, device },
    reference,
    contextDirectory: recipe.build.contextDirectory,
    records: tagRecords,
    signal,
  });
  const tag = tags.built;
  await tags.prepare();
  const building = { service, recipe, tag, platform, folder: folder.path, engine: local, report, signal };
  // For several devices at once: the next one finds the layers of the one before.
  await inTurn(JSON.stringify([recipe.build.contextDirectory, platform]), () =>
    buildByDocker(docker, building),
  );
  await tags.keepBuilt();
  await using image = await saveImage(docker, { name: tag, platform, folder: folder.path, signal });
  checkBuilt(service, image.platform, platform);
  if (local.builder !== 'classic')
    for (const message of describeBuiltVolumes(task, image.volumes, images))
      report({ type: 'warning', message });
  const recordOf = (id: string): string => recordTag(id, recipe, contents, images);
  const { repository } = splitReference(reference);
  const tagsOf = (id: string): string[] => [
    ...[reference, ...recipe.build.tags].map(wholeName),
    `${repository}:${recordOf(id)}`,
  ];
  const sent = memory.findSent(service);
  const isSent = sent !== undefined && images.get(reference)?.id === sent.there;
  const byDifference = !isSent
    ? undefined
    : sent.here === image.id
      ? { id: sent.there, sentBytes: 0 }
      : await sendChanges(
          image,
          sent,
          { service, platform, folder: folder.path, sentTag: tags.sent, tagsOf },
          dependencies,
        );
  const id = byDifference?.id ?? image.id;
  const sentBytes =
    byDifference?.sentBytes ??
    (await sendImage(engine, image, {
      ...dependencies,
      service,
      folder: folder.path,
      tags: tagsOf(image.id),
      relatives: [reference, ...recipe.baseImages].flatMap(name => images.get(name)?.id ?? []),
    }));
  await recordBuild(engine, { image: id, reference, tag: recordOf(id) }, signal);
  await tags.keepSent();
  memory.keepSent(service, {
    here: image.id,
    there: id,
    layers: byDifference === undefined ? 0 : (sent?.layers ?? 0) + 1,
    bytes: byDifference === undefined ? 0 : (sent?.bytes ?? 0) + sentBytes,
  });
  memory.keepContext(service, { context: contents.digest, entries: contents.entries });
  const steps = recipe.steps.length;
  const durationMs = systemClock.nowMs() - startedMs;
  report({ type: 'built', service, image: id, steps, cachedSteps: 0, durationMs });
  return { id, sentBytes };
}

/** Below this size a difference is not worth comparing images for. */
const worthComparingBytes = 1_000_000;

/** Sends what changed since the image that was sent last; undefined where the image has to be sent by its layers. */
async function sendChanges(
  image: SavedImage,
  sent: SentImage,
  { service, platform, folder, sentTag, tagsOf }: SendingChanges,
  { docker, engine, report, space, signal }: LocalDependencies & { readonly signal: AbortSignal },
): ReturnType<typeof sendDifference> {
  const onDevice = await engine.readImageConfig(sent.there, signal);
  const missing = image.layers.filter(({ diffId }) => onDevice?.layers.includes(diffId) !== true);
  const missingBytes = missing.reduce((sum, { part }) => sum + (part?.sizeBytes ?? 0), 0);
  if (missingBytes < worthComparingBytes) return undefined;
  const file = path.join(folder, 'former.tar');
  const { code } = await docker(['image', 'save', '--output', file, sentTag], { signal });
  if (code !== 0) return undefined;
  await using former = await openSavedImage(file, platform);
  if (former.id !== sent.here) return undefined;
  const request = { service, onDevice: sent.there, former, sent, tagsOf, space, report, signal };
  return await sendDifference(engine, image, request);
}

interface SendingChanges {
  readonly service: string;
  readonly platform: string;
  readonly folder: string;
  /** The name here of the image that the device has. */
  readonly sentTag: string;
  readonly tagsOf: (id: string) => readonly string[];
}

function checkBuilt(service: string, found: string, wanted: string): void {
  if (runsPlatform(wanted, found)) return;
  throw new OsError('host-unsuitable', `${service} was built for ${found}, and the device needs ${wanted}`, {
    hint: 'set its platform, or build on the device: --build-on device',
  });
}

interface Saving {
  readonly name: string;
  /** Decides where the archive has images for several. */
  readonly platform: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function saveImage(
  docker: RunDocker,
  { name, platform, folder, signal }: Saving,
): ReturnType<typeof openSavedImage> {
  const file = path.join(folder, 'image.tar');
  const { code, stderr } = await docker(['image', 'save', '--output', file, name], { signal });
  if (code === 0) return openSavedImage(file, platform);
  if (reportsFullDisk(stderr))
    throw namesImageFolder(stderr)
      ? outOfSpaceHere(new Error(stderr))
      : dockerOutOfSpace(`Docker on this machine has no space to export the image: ${stderr.trim()}`);
  throw new OsError('host-unsuitable', `Docker on this machine has built no image: ${stderr.trim()}`, {
    hint: 'a builder in a container keeps its images: choose another with `docker buildx use default`',
  });
}

/**
 * Sends the device this machine's image `reference`, without the layers of its images `readRelatives`; returns the bytes sent, or undefined where this machine does not have it
 * for the device's platform.
 */
export async function takeLocalImage(
  {
    service,
    reference,
    asked,
  }: { readonly service: string; readonly reference: string; readonly asked: string | undefined },
  readRelatives: () => Promise<readonly string[]>,
  dependencies: LocalDependencies & { readonly signal: AbortSignal },
): Promise<number | undefined> {
  const { docker, engine, platform, signal } = dependencies;
  if (!(await hasLocalImage(docker, reference, signal))) return undefined;
  await using folder = await openImageFolder();
  const wanted = wantedPlatform(service, asked, platform);
  const saving = { name: reference, platform: wanted, folder: folder.path, signal };
  return await explained(async () => {
    await using image = await saveImage(docker, saving);
    if (!runsPlatform(wanted, image.platform)) return undefined;
    return await sendImage(engine, image, {
      ...dependencies,
      service,
      folder: folder.path,
      tags: [wholeName(reference)],
      relatives: await readRelatives(),
    });
  });
}
