/** Keeps a project from what another project of the same name has on a device. */
import { stat } from 'node:fs/promises';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { isSameOrigin, readOrigin, toOrigin, type Origin } from '../desired/origin.ts';
import { isOfService } from '../running/service-container.ts';
import type { ObservedRelease } from './observed.ts';

interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** True if it is known to be of another project than `origin`. */
export function isOfOtherProject(origin: Origin, { labels }: Pick<Labelled, 'labels'>): boolean {
  const recorded = readOrigin(labels);
  return recorded !== undefined && !isSameOrigin(origin, recorded);
}

function isOfThisProject(origin: Origin, { labels }: Labelled): boolean {
  const recorded = readOrigin(labels);
  return recorded !== undefined && isSameOrigin(origin, recorded);
}

function describe(project: string, { labels }: Labelled): string {
  const { givenName, directory, machine } = readOrigin(labels) ?? {};
  const from = directory ?? givenName ?? '';
  const where = machine === undefined ? '' : ` on ${sanitizeLine(machine)}`;
  return `the project ${project} on this device is another one, made from ${sanitizeLine(from)}${where}`;
}

/**
 * Refuses a push that would replace containers of another project, or use its volumes. Once the project was taken over,
 * the containers that are its own count. Throws OsError `usage`.
 */
export function checkOrigin(
  { project, origin, services, volumes: wanted }: DesiredRelease,
  { containers, volumes }: Pick<ObservedRelease, 'containers' | 'volumes'>,
): void {
  const refuse = (it: Labelled, outcome: string): OsError =>
    new OsError('usage', `${describe(project, it)}: ${outcome}`, {
      hint: 'give one of the two another name, with --project or `name:` in the compose file; or replace it with --take-over',
    });
  const isOurs = containers.some(it => isOfThisProject(origin, it));
  const others = containers.filter(it => isOfOtherProject(origin, it));
  const replaced = others.find(it => services.some(({ service }) => isOfService(it, service)));
  if (replaced !== undefined) throw refuse(replaced, `its container ${replaced.name} would be replaced`);
  if (isOurs) return;
  const [container] = others;
  if (container !== undefined)
    throw refuse(container, `its container ${container.name} would be a part of this one`);
  for (const { name, isExternal } of wanted) {
    const volume = isExternal ? undefined : volumes.get(name);
    if (volume !== undefined && isOfOtherProject(origin, volume))
      throw refuse(volume, `its volume ${name} would be used`);
  }
}

/**
 * Refuses to touch what runs under the name of `project` if all of it is of another project. Throws OsError `usage`.
 */
export async function assertSameProject(
  engine: Pick<Engine, 'listContainers' | 'listVolumes'>,
  project: Pick<Project, 'name' | 'givenName' | 'directory'>,
  signal: AbortSignal,
): Promise<void> {
  const labels = { [composeLabels.project]: project.name, [ourLabels.made]: '1' };
  const [containers, volumes] = await Promise.all([
    engine.listContainers(labels, signal),
    engine.listVolumes(labels, signal),
  ]);
  const found = [...containers, ...volumes];
  const origin = toOrigin(project);
  const other = found.find(it => isOfOtherProject(origin, it));
  if (other === undefined || found.some(it => isOfThisProject(origin, it))) return;
  throw new OsError('usage', describe(project.name, other), {
    hint: `--project ${project.name} says that it is meant all the same`,
  });
}

/** A note about another directory of this machine that the project was pushed from; undefined if there is none. */
export async function findOtherCheckout(
  { project, origin }: Pick<DesiredRelease, 'project' | 'origin'>,
  { containers }: Pick<ObservedRelease, 'containers'>,
): Promise<string | undefined> {
  for (const { labels } of containers) {
    const { directory, machine } = readOrigin(labels) ?? {};
    if (directory === undefined || directory === origin.directory || machine !== origin.machine) continue;
    const isThere = await stat(directory).then(
      it => it.isDirectory(),
      () => false,
    );
    if (isThere)
      return `the containers of ${project} were made from ${sanitizeLine(directory)}, which is another directory than ${origin.directory ?? ''}`;
  }
  return undefined;
}
