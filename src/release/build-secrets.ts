/**
 * Build secrets reach RUN through a volume that lives as long as the build, which balenaEngine mounts and no layer
 * takes in. They go from this machine's files to the engine in a request's body, and nowhere else.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemClock } from '../core/clock.ts';
import { errnoOf, OsError } from '../core/errors.ts';
import type { ContainerFile, Engine } from '../engine/engine.ts';
import type { BuildSecret } from '../project/build.ts';
import type { BuildRecipe, DesiredRelease } from './desired.ts';
import { ourLabels } from './labels.ts';
import type { ObservedRelease } from './observed.ts';
import type { Plan } from './plan.ts';

const removalAttempts = 20;
const removalPauseMs = 250;

const directory = '/run/secrets';

/** Throws OsError `engine-refused` where a build of `plan` needs secrets that the engine would leave out, or keep. */
export async function checkBuildSecrets(
  engine: Engine,
  plan: Plan,
  desired: DesiredRelease,
  signal: AbortSignal,
): Promise<void> {
  const needing = desired.services.filter(
    ({ service, image }) =>
      image.from === 'build' &&
      image.recipe.build.secrets.length > 0 &&
      plan.images.some(step => step.do === 'build' && step.service === service),
  );
  if (needing.length === 0 || (await engine.canMountInBuilds(signal))) return;
  const names = needing.map(({ service }) => service).join(', ');
  throw new OsError(
    'engine-refused',
    `${names}: build secrets need balenaEngine, and ${engine.where} runs Docker, whose classic builder has no way to keep them out of the image`,
    { hint: 'push to a device with balenaEngine, or take build-secrets out of the project' },
  );
}

async function readSecretFile({ file, name }: BuildSecret): Promise<ContainerFile> {
  const content = await readFile(file).catch((error: unknown) => {
    throw new OsError('project-invalid', `cannot read ${file}: ${errnoOf(error) ?? 'it is no file'}`, {
      cause: error,
    });
  });
  // RUN may belong to another user than root; on the host only root gets at the volume.
  return { path: `${directory}/${name}`, content, mode: 0o444, uid: 0, gid: 0 };
}

interface SecretsRequest {
  readonly service: string;
  /** The image's name, which tells whose secrets these are. */
  readonly reference: string;
  readonly recipe: BuildRecipe;
  readonly images: ObservedRelease['images'];
  readonly signal: AbortSignal;
}

/**
 * Removes the secrets that a push which was killed has left behind, of the image `reference` or of all; the caller knows
 * that nobody builds it.
 */
export async function removeBuildSecrets(
  engine: Engine,
  reference: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const label = { [ourLabels.secrets]: reference };
  for (const { id } of await engine.listContainers(label, signal)) await engine.removeContainer(id);
  for (const { name } of await engine.listVolumes(label, signal)) await engine.removeVolume(name);
}

/** Puts `files` into the volume `name`, by a container that is never started. */
async function fillVolume(
  engine: Engine,
  name: string,
  { reference, image, files }: { reference: string; image: string; files: readonly ContainerFile[] },
): Promise<void> {
  const id = await engine.createContainer(name, {
    Image: image,
    Cmd: ['never-started'],
    Labels: { [ourLabels.made]: '1', [ourLabels.secrets]: reference },
    HostConfig: { Binds: [`${name}:${directory}:nocopy`], NetworkMode: 'none' },
  });
  try {
    await engine.putFiles(id, files);
  } finally {
    await engine.removeContainer(id);
  }
}

/** What to mount in a build, there until disposed; nothing for a build without secrets. */
export async function openBuildSecrets(
  engine: Engine,
  { service, reference, recipe, images, signal }: SecretsRequest,
): Promise<AsyncDisposable & { readonly volumes: readonly string[] }> {
  const { secrets } = recipe.build;
  if (secrets.length === 0) return { volumes: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const image = recipe.baseImages.map(reference => images.get(reference)?.id).find(id => id !== undefined);
  if (image === undefined)
    throw new OsError('project-invalid', `${service}: build secrets need a base image other than scratch`);
  const files = await Promise.all(secrets.map(readSecretFile));
  await removeBuildSecrets(engine, reference, signal);
  const name = `os-secrets-${randomBytes(8).toString('hex')}`;
  await engine.createVolume({
    Name: name,
    Labels: { [ourLabels.made]: '1', [ourLabels.secrets]: reference },
  });
  const dispose = async (): Promise<void> => {
    // An engine that was told to stop a build takes a moment to let go of what it has mounted.
    for (let attempt = 0; attempt < removalAttempts; attempt++)
      try {
        await engine.removeVolume(name);
        return;
      } catch (error) {
        // Where the engine is gone, the next push removes it.
        if (!(error instanceof OsError) || error.code !== 'engine-conflict') return;
        await systemClock.sleep(removalPauseMs);
      }
  };
  try {
    await fillVolume(engine, name, { reference, image, files });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { volumes: [`${name}:${directory}:ro`], [Symbol.asyncDispose]: dispose };
}
