/**
 * Build secrets reach RUN through a volume that lives as long as the build. balenaEngine mounts it, and no layer contains
 * it. Secrets go from this machine's files to the engine in the body of a request, and nowhere else.
 */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { readGivenFile } from '../../state/given-file.ts';
import type { ContainerFile, Engine } from '../../engine/engine.ts';
import type { BuildSecret } from '../../project/build.ts';
import type { BuildRecipe } from '../desired/desired.ts';
import { ourLabels } from '../desired/labels.ts';
import type { BuildingEngine } from './image-builder.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import type { Plan } from '../plan/plan.ts';

const removalAttempts = 20;
const removalPauseMs = 250;

const directory = '/run/secrets';

/** Throws OsError `engine-refused` if a build of `plan` needs secrets and the engine would drop them, or keep them in the image. */
export async function checkBuildSecrets(
  engine: Pick<Engine, 'canMountInBuilds' | 'where'>,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const needing = plan.images.filter(
    task => task.action === 'build' && task.recipe.place !== 'local' && task.recipe.build.secrets.length > 0,
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
  const content = await readGivenFile(file, { code: 'project-invalid' });
  // RUN may run as another user than root; on the host only root can read the volume.
  return { path: `${directory}/${name}`, content, mode: 0o444, uid: 0, gid: 0 };
}

interface SecretsRequest {
  readonly service: string;
  /** The image's name identifies the owner of the secrets. */
  readonly reference: string;
  readonly recipe: BuildRecipe;
  readonly images: ObservedRelease['images'];
  readonly signal: AbortSignal;
}

/**
 * Removes secrets of a killed push, of the image `reference` or of all images. The caller makes sure that nobody builds
 * it.
 */
export async function removeBuildSecrets(
  engine: Pick<Engine, 'listContainers' | 'listVolumes' | 'removeContainer' | 'removeVolume'>,
  reference: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const label = { [ourLabels.secrets]: reference };
  for (const { id } of await engine.listContainers(label, signal)) await engine.removeContainer(id);
  for (const { name } of await engine.listVolumes(label, signal)) await engine.removeVolume(name);
}

/** Copies `files` into the volume `name` through a container that is never started. */
async function fillVolume(
  engine: Pick<Engine, 'createContainer' | 'putFiles' | 'removeContainer'>,
  name: string,
  {
    reference,
    image,
    files,
  }: { readonly reference: string; readonly image: string; readonly files: readonly ContainerFile[] },
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

/** The volumes to mount in a build, until disposed; none for a build without secrets. */
export async function openBuildSecrets(
  engine: BuildingEngine,
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
    // After a cancelled build the engine needs a moment to unmount the volume.
    for (let attempt = 0; attempt < removalAttempts; attempt++)
      try {
        await engine.removeVolume(name);
        return;
      } catch (error) {
        // If the engine is out of reach, the next push removes the volume.
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
