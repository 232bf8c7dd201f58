/** The services of a project whose volumes are copied must not run meanwhile: the copies would lack what they write. */
import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { unlessGone } from '../lease/holder.ts';

export interface CopiedVolumes {
  readonly project: string;
  /** Names of the volumes that are copied. */
  readonly volumes: readonly string[];
}

/** The time of the last start of each container of ours that mounts a copied volume, by its id. */
export type Starts = ReadonlyMap<string, string>;

const usersAmong = (
  containers: readonly ContainerSummary[],
  { volumes }: Pick<CopiedVolumes, 'volumes'>,
): ContainerSummary[] =>
  containers.filter(
    ({ labels, mounts }) =>
      labels[ourLabels.made] !== undefined &&
      mounts.some(({ name }) => name !== null && volumes.includes(name)),
  );

async function readUsers(
  engine: Pick<Engine, 'getContainer' | 'listContainers'>,
  copied: CopiedVolumes,
  signal: AbortSignal,
): Promise<readonly { readonly container: ContainerSummary; readonly startedAt: string }[]> {
  const all = await engine.listContainers({ [composeLabels.project]: copied.project }, signal);
  const found = await Promise.all(
    usersAmong(all, copied).map(async container => {
      const details = await engine.getContainer(container.id, signal).catch(unlessGone);
      return details === undefined ? [] : [{ container, startedAt: details.startedAt }];
    }),
  );
  return found.flat();
}

/** To be called once the services are stopped, before anything is copied. */
export async function readStarts(
  engine: Pick<Engine, 'getContainer' | 'listContainers'>,
  copied: CopiedVolumes,
  signal: AbortSignal,
): Promise<Starts> {
  const users = await readUsers(engine, copied, signal);
  // One that runs already is never the same later, even if it has ended by then.
  return new Map(
    users.map(({ container, startedAt }) => [container.id, isRunning(container.state) ? '' : startedAt]),
  );
}

/** Throws OsError `engine-conflict` where a service that uses a copied volume runs, or has been started since `before`. */
export async function checkNotStarted(
  engine: Pick<Engine, 'getContainer' | 'listContainers'>,
  copied: CopiedVolumes,
  before: Starts,
  signal: AbortSignal,
): Promise<void> {
  const users = await readUsers(engine, copied, signal);
  refuse(
    copied,
    users
      .filter(({ container: { id, state }, startedAt }) => isRunning(state) || startedAt !== before.get(id))
      .map(({ container }) => container),
  );
}

/** Throws OsError `engine-conflict` where one of the project's containers that uses a copied volume runs. */
export function checkStopped(containers: readonly ContainerSummary[], copied: CopiedVolumes): void {
  refuse(
    copied,
    usersAmong(containers, copied).filter(({ state }) => isRunning(state)),
  );
}

const isRunning = (state: ContainerSummary['state']): boolean =>
  state === 'running' || state === 'restarting';

function refuse({ project }: CopiedVolumes, started: readonly ContainerSummary[]): void {
  if (started.length === 0) return;
  const services = new Set(started.map(({ name, labels }) => labels[composeLabels.service] ?? name));
  throw new OsError(
    'engine-conflict',
    `${someNames([...services])} of ${project} was started while its volumes were copied: the copies lack what it wrote since`,
    { hint: 'try again once nothing starts its services: another os command, a live session, another tool' },
  );
}
