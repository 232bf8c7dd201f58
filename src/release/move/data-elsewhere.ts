/**
 * A project without containers, taken down before, whose data is with the other runner: the two know its volumes by different names,
 * and it would start on empty ones.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { VolumeSummary } from '../../engine/objects.ts';
import type { Project } from '../../project/project.ts';
import { composeLabels } from '../desired/labels.ts';
import { isSupervised, otherRunner, type Runner } from '../running/supervisor.ts';
import { findAdopted, type VolumeCopy } from './copy-marks.ts';
import { copyVolumes, type CopyingEngine, type CopyOptions } from './copy-volumes.ts';
import { describeSharers, type MoveOptions } from './move-project.ts';
import { nameOf, pairText } from './move-runner.ts';
import { copiesAmong } from './plan-copies.ts';
import type { SupervisorAccess } from '../supervised/supervisor-access.ts';

export interface DataElsewhere {
  readonly project: string;
  /** The runner that is to run the project. */
  readonly to: Runner;
  /** Copies to volumes that do not exist. */
  readonly missing: readonly VolumeCopy[];
  /** Pairs of volumes that both exist: `to` mounts its own, whichever is newer. */
  readonly unused: readonly VolumeCopy[];
}

/** True if `volume` has data of the project, and not only the name that its own would have. */
const isOfProject = ({ labels }: Pick<VolumeSummary, 'labels'>, project: string, runner: Runner): boolean =>
  runner === 'engine' ? labels[composeLabels.project] === project : isSupervised({ labels });

/**
 * Finds the volumes that a project without containers has under the runner that is not `to`. Those that have a complete copy, of a
 * move that was cut off, are left out: `to` adopts the copies. So are those of others.
 */
export async function findDataElsewhere(
  engine: Pick<Engine, 'listVolumes'>,
  project: Project,
  to: Runner,
  access: Pick<SupervisorAccess, 'stableId'>,
  signal: AbortSignal,
): Promise<DataElsewhere> {
  const volumes = await engine.listVolumes({}, signal);
  const { copies, blocked } = copiesAmong(volumes, project, to, access);
  const adopted = findAdopted(volumes, project.name, to);
  const other = otherRunner(to);
  const own = volumes.filter(it => isOfProject(it, project.name, other)).map(({ name }) => name);
  const isWanted = (copy: VolumeCopy): boolean => !adopted.has(copy.to.Name) && own.includes(copy.from);
  return {
    project: project.name,
    to,
    missing: copies.filter(isWanted),
    unused: blocked.filter(isWanted),
  };
}

/** For a push that would start on empty volumes; `device` is what a person calls it. */
export function refuseDataElsewhere({ project, to, missing }: DataElsewhere, device: string): OsError {
  const other = otherRunner(to);
  return new OsError(
    'usage',
    `${project} would start with empty volumes under ${nameOf(to)}: its data is in those of ${nameOf(other)}, ${missing.map(({ from }) => from).join(', ')}`,
    {
      hint: `run it there: os push ${device} --runner ${other}; or copy the data by --take-over; or start empty by --take-over --no-copy-volumes`,
    },
  );
}

/** For a push of a project that has data in both places; undefined where it has not. */
export function describeUnusedData(
  { project, to, unused }: DataElsewhere,
  device: string,
): string | undefined {
  if (unused.length === 0) return undefined;
  const own = unused.map(copy => copy.to.Name).join(', ');
  const others = unused.map(({ from }) => from).join(', ');
  const other = otherRunner(to);
  return `${project} is to run under ${nameOf(to)} with the data in ${own}; that of ${nameOf(other)} stays in ${others} and is not used (to use it: os push ${device} --runner ${other})`;
}

/** `shop has its data under the supervisor, where it stays; it is to be copied: 1_data to shop_data` */
export const describeCopies = ({ project, to, missing }: DataElsewhere): string =>
  `${project} has its data under ${nameOf(otherRunner(to))}, where it stays; it is to be copied: ${missing.map(pairText).join(', ')}`;

/**
 * Copies the data; a warning names a container of others that writes to it meanwhile. Throws as `copyVolumes` does, and
 * `engine-conflict` where the device has no image, which copying takes.
 */
export async function copyData(
  engine: CopyingEngine & Pick<Engine, 'listContainers' | 'listImages'>,
  { missing, ...target }: DataElsewhere,
  { onWarning, ...options }: Pick<CopyOptions, 'report' | 'signal'> & Pick<MoveOptions, 'onWarning'>,
): Promise<void> {
  const [image] = await engine.listImages({}, options.signal);
  if (image === undefined)
    throw new OsError('engine-conflict', `the device has no image, by which the data is copied`);
  for (const text of await describeSharers(engine, { copies: missing }, [], options.signal)) onWarning(text);
  await copyVolumes(engine, missing, { ...target, ...options, image: image.id });
}
