/** A project that runs under one runner is never moved to the other silently: its volumes have other names there. */
import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { runnerOf, type Runner } from '../running/supervisor.ts';
import type { VolumeCopy } from './copy-marks.ts';

/** Names of the volumes that containers mount, anonymous ones left out. */
const volumesOf = (containers: readonly ContainerSummary[]): string[] => [
  ...new Set(
    containers.flatMap(({ mounts }) =>
      mounts.flatMap(({ type, name }) =>
        type === 'volume' && name !== null && !/^[0-9a-f]{64}$/.test(name) ? [name] : [],
      ),
    ),
  ),
];

export const nameOf = (runner: Runner): string => (runner === 'engine' ? 'the engine' : 'the supervisor');

export interface Move {
  readonly project: string;
  readonly from: Runner;
  readonly to: Runner;
  /** Volumes that its containers mount. */
  readonly volumes: readonly string[];
  /** An image that is on the device. */
  readonly image: string;
  readonly copies: readonly VolumeCopy[];
  /** Services that run there and that the project does not have, which are removed. */
  readonly orphans?: readonly string[];
  /** Other apps that the supervisor runs, which the project replaces. */
  readonly replaced?: readonly string[];
}

/** The runner that keeps a project's containers, and the volumes that they mount. */
export interface PresentRunner {
  /** undefined: the project has no containers. */
  readonly runner: Runner | undefined;
  readonly volumes: readonly string[];
  /** Id of the image of one of them; empty without any. */
  readonly image: string;
  /** Services that `os` made. */
  readonly services: readonly string[];
}

export async function findPresentRunner(
  engine: Pick<Engine, 'listContainers'>,
  project: string,
  signal: AbortSignal,
): Promise<PresentRunner> {
  const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
  return {
    runner: runnerOf(containers),
    volumes: volumesOf(containers),
    image: containers[0]?.imageId ?? '',
    services: [
      ...new Set(
        containers.flatMap(({ labels }) =>
          labels[ourLabels.made] === undefined ? [] : (labels[composeLabels.service] ?? []),
        ),
      ),
    ].sort(),
  };
}

/** The move that it takes to run a project with `to`, nothing copied; undefined if that runs it, or nothing does. */
export const planMove = (
  project: string,
  { runner, volumes, image }: Omit<PresentRunner, 'services'>,
  to: Runner,
): Move | undefined =>
  runner === undefined || runner === to
    ? undefined
    : { project, from: runner, to, volumes, image, copies: [] };

export const pairText = ({ from, to }: VolumeCopy): string => `${from} to ${to.Name}`;

const isOrAre = (names: readonly string[]): string => (names.length > 1 ? 'are' : 'is');

/** `; old is removed, as the project has no such service; its volumes are copied: …` */
function contentNote(move: Move): string {
  const { orphans = [], replaced = [] } = move;
  const removed =
    orphans.length === 0
      ? ''
      : `; ${someNames(orphans)} ${isOrAre(orphans)} removed, as the project has no such service`;
  const others =
    replaced.length === 0
      ? ''
      : `; ${someNames(replaced)}, which the supervisor runs now, ${isOrAre(replaced)} replaced by it`;
  return removed + others + volumesNote(move);
}

/** `; its volumes are copied (shop_data to 12_data); old_data stays, and is not copied` */
function volumesNote({ volumes, copies, from }: Move): string {
  const copied = copies.length === 0 ? '' : `; its volumes are copied: ${copies.map(pairText).join(', ')}`;
  const left = volumes.filter(name => !copies.some(copy => copy.from === name));
  if (left.length === 0) return copied;
  return `${copied}; ${copies.length === 0 ? 'its volumes start empty' : 'others start empty'}, and the data of ${nameOf(from)} stays in ${left.join(', ')}`;
}

export const refuseMove = (move: Move): OsError =>
  new OsError(
    'usage',
    `${move.project} runs under ${nameOf(move.from)}, and would be moved to ${nameOf(move.to)}${contentNote(move)}`,
    { hint: `go on with --runner ${move.from}, or move it with --take-over` },
  );

/**
 * For a move whose copies would overwrite volumes that are on the device. `leftovers`: those that `os purge --leftovers` removes;
 * `device`: what a person calls the device.
 */
export function refuseCopies(
  { project, to }: Move,
  blocked: readonly VolumeCopy[],
  { leftovers, device }: { readonly leftovers: readonly string[]; readonly device: string },
): OsError {
  const names = blocked.map(copy => copy.to.Name);
  const others = names.filter(name => !leftovers.includes(name));
  // One that others made, or use, is not to be removed by a hint.
  const removal =
    others.length === 0
      ? `, or remove it first: os purge ${device} --project ${project} --leftovers`
      : `; before you remove it, see whose it is: os ssh ${device} -- balena-engine volume inspect ${others.join(' ')}`;
  return new OsError(
    'usage',
    `${project} cannot be moved to ${nameOf(to)} with its data: ${blocked.map(pairText).join(', ')} would be copied over what is there`,
    { hint: `start with the data that is there by --no-copy-volumes${removal}` },
  );
}

export const moveNote = (move: Move): string =>
  `${move.project} is to be moved from ${nameOf(move.from)} to ${nameOf(move.to)}${contentNote(move)}`;
