/**
 * Marks of copies of volumes: a volume without content beside each copy, whose labels name it. `os-copying-X` exists from before X
 * does until all copies of a move are complete: no push takes half a copy for a whole one. `os-copied-X` exists from then on until
 * the project has left its runner: a move that was cut off between is begun again, and its copies are known to be unused.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { VolumeSummary } from '../../engine/objects.ts';
import { ourLabels } from '../desired/labels.ts';
import type { Runner } from '../running/supervisor.ts';

export type VolumeBody = Parameters<Engine['createVolume']>[0];

export interface VolumeCopy {
  readonly from: string;
  /** Body of the create request of the volume to copy to. */
  readonly to: VolumeBody;
}

type MarkingEngine = Pick<Engine, 'createVolume' | 'findVolume' | 'removeVolume'>;

/** The labels that every mark has. */
const labelsOf = ({ from, to }: VolumeCopy): Readonly<Record<string, string>> => ({
  [ourLabels.made]: '1',
  [ourLabels.copyFrom]: from,
  [ourLabels.copyTo]: to.Name,
});

/** Throws OsError `engine-conflict` where another volume has the name of the mark. */
async function createMark(
  engine: Pick<Engine, 'createVolume'>,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const made = await engine.createVolume({ Name: name, Labels: labels });
  if (made.labels[ourLabels.copyTo] !== labels[ourLabels.copyTo])
    throw new OsError('engine-conflict', `the volume ${name} exists, and marks no copy`, {
      hint: 'copies of volumes are marked by a volume of that name: remove or rename it',
    });
}

/** Removes the volume `name` if it marks the copy `to`. */
async function removeMark(
  engine: Pick<Engine, 'findVolume' | 'removeVolume'>,
  name: string,
  to: string,
): Promise<void> {
  const mark = await engine.findVolume(name);
  if (mark?.labels[ourLabels.copyTo] === to) await engine.removeVolume(name);
}

const copyingMark = (volume: string): string => `os-copying-${volume}`;
const copiedMark = (volume: string): string => `os-copied-${volume}`;

/** Marks a volume before it is created. */
export async function markHalf(
  engine: Pick<Engine, 'createVolume'>,
  project: string,
  copy: VolumeCopy,
): Promise<void> {
  const labels = { ...labelsOf(copy), [ourLabels.copy]: project };
  await createMark(engine, copyingMark(copy.to.Name), labels);
}

/** Marks copies that are complete, which are for the runner `to`. */
export async function markWhole(
  engine: MarkingEngine,
  { project, to: runner }: { readonly project: string; readonly to: Runner },
  copies: readonly VolumeCopy[],
): Promise<void> {
  for (const copy of copies) {
    const created = (await engine.findVolume(copy.to.Name))?.createdAt ?? '';
    await createMark(engine, copiedMark(copy.to.Name), {
      ...labelsOf(copy),
      [ourLabels.copied]: project,
      [ourLabels.copyFor]: runner,
      [ourLabels.copyCreated]: created,
    });
  }
  for (const { to } of copies) await removeMark(engine, copyingMark(to.Name), to.Name);
}

/** Removes volumes that a copy created, which nothing uses yet. */
export async function removeCopies(
  engine: Pick<Engine, 'findVolume' | 'removeVolume'>,
  copies: readonly VolumeCopy[],
): Promise<void> {
  // The marks go last: while one is there, the volume is known to be a copy.
  for (const { to } of copies) {
    await engine.removeVolume(to.Name);
    await removeMark(engine, copiedMark(to.Name), to.Name);
    await removeMark(engine, copyingMark(to.Name), to.Name);
  }
}

/** The volume to copy to is created right after its mark, and so has about the same time. */
const mostApartMs = 60_000;

/**
 * True if `volume` was created for the copy that `mark` stands for. One that has its name and came later is another's: the copy
 * was cut off before it created its own, or was removed.
 */
function isOfCopy(mark: VolumeSummary, volume: VolumeSummary): boolean {
  const recorded = mark.labels[ourLabels.copyCreated];
  if (recorded !== undefined) return recorded !== '' && recorded === volume.createdAt;
  const apartMs = Date.parse(volume.createdAt ?? '') - Date.parse(mark.createdAt ?? '');
  return apartMs >= 0 && apartMs < mostApartMs;
}

interface Mark {
  /** Name of the mark itself. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The runner that the copy is for; undefined: half a copy. */
  readonly wholeFor: string | undefined;
  /** The copy; undefined if it does not exist. */
  readonly volume: VolumeSummary | undefined;
  /** False: another volume has the name of the copy. */
  readonly isOfCopy: boolean;
}

/** Returns the marks among `volumes`, those of half copies first. */
function findMarks(volumes: readonly VolumeSummary[], project: string): Mark[] {
  const marks = volumes.flatMap((mark): Mark[] => {
    const { [ourLabels.copyTo]: to, [ourLabels.copyFrom]: from = '' } = mark.labels;
    const isHalf = mark.labels[ourLabels.copy] === project;
    if (to === undefined || (!isHalf && mark.labels[ourLabels.copied] !== project)) return [];
    if (mark.name !== (isHalf ? copyingMark(to) : copiedMark(to))) return [];
    const volume = volumes.find(({ name }) => name === to);
    const wholeFor = isHalf ? undefined : (mark.labels[ourLabels.copyFor] ?? '');
    const isOwn = volume !== undefined && isOfCopy(mark, volume);
    return [{ name: mark.name, from, to, wholeFor, volume, isOfCopy: isOwn }];
  });
  return [...marks.filter(it => it.wholeFor === undefined), ...marks.filter(it => it.wholeFor !== undefined)];
}

/** Returns those of `volumes` that `discardCopies` removes before a move of `project` to the runner `to`. */
export const findDiscarded = (
  volumes: readonly VolumeSummary[],
  project: string,
  to: Runner,
): ReadonlySet<string> =>
  new Set(
    findMarks(volumes, project)
      .filter(it => it.isOfCopy && (it.wholeFor === undefined || it.wholeFor === to))
      .map(it => it.to),
  );

/** Returns the names of complete copies that the runner `to` adopts: `discardCopies` keeps them. */
export function findAdopted(
  volumes: readonly VolumeSummary[],
  project: string,
  to: Runner,
): ReadonlySet<string> {
  const marks = findMarks(volumes, project);
  const isHalf = (name: string): boolean => marks.some(it => it.wholeFor === undefined && it.to === name);
  return new Set(
    marks.filter(it => it.wholeFor === to && it.isOfCopy && !isHalf(it.to)).map(mark => mark.to),
  );
}

export interface DiscardOptions {
  /** The runner that has the project; undefined: it is not known, and complete copies stay. */
  readonly runner: Runner | undefined;
  readonly onWarning: (message: string) => void;
  readonly signal: AbortSignal;
}

type DiscardingEngine = Pick<Engine, 'listContainers' | 'listVolumes' | 'removeVolume'>;

/**
 * Removes what moves of `project` that were cut off have left, and returns the names: half copies, and complete ones while the project
 * is still where they were made from, where its data goes on changing. The caller holds the project's lock. A copy that a container
 * uses by now stays, and is named in `onWarning`; so do one whose source is gone and a volume that is not known to be the copy.
 */
export async function discardCopies(
  engine: DiscardingEngine,
  project: string,
  { runner, onWarning, signal }: DiscardOptions,
): Promise<string[]> {
  const volumes = await engine.listVolumes({ [ourLabels.copyTo]: undefined }, signal);
  if (volumes.length === 0) return [];
  const all = await engine.listVolumes({}, signal);
  const containers = await engine.listContainers({}, signal);
  const removed: string[] = [];
  for (const mark of findMarks(all, project)) {
    const { name, from, to, wholeFor } = mark;
    const isGone = mark.volume === undefined || removed.includes(to);
    if (isGone) await engine.removeVolume(name);
    if (isGone || (wholeFor !== undefined && (runner === undefined || wholeFor === runner))) continue;
    if (!mark.isOfCopy) {
      await engine.removeVolume(name);
      onWarning(`the volume ${to} was not made by the copy of ${from} that was cut off: it stays`);
      continue;
    }
    const what = wholeFor === undefined ? 'half a copy' : 'a copy';
    const user = containers.find(({ mounts }) => mounts.some(it => it.name === to));
    if (user !== undefined) {
      onWarning(`${user.name} uses the volume ${to}, which is ${what} of ${from}: a push was cut off`);
      continue;
    }
    if (!all.some(it => it.name === from)) {
      onWarning(`the volume ${to} stays, ${what} that a push has left: ${from}, of which it is, is gone`);
      continue;
    }
    await engine.removeVolume(to);
    await engine.removeVolume(name);
    onWarning(`the volume ${to} is removed, ${what} that a push has left; its data is in ${from}`);
    removed.push(to);
  }
  return removed;
}

/** Makes complete copies ordinary volumes: the runner that they are for begins to use them. */
export async function adoptCopies(
  engine: Pick<Engine, 'listVolumes' | 'removeVolume'>,
  project: string,
  runner: Runner,
  signal: AbortSignal,
): Promise<void> {
  const marks = await engine.listVolumes({ [ourLabels.copied]: project }, signal);
  for (const { name, labels } of marks)
    if (labels[ourLabels.copyFor] === runner) await engine.removeVolume(name);
}
