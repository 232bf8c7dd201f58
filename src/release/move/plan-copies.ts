/**
 * Which volumes are copied when a project moves between the engine and the supervisor: the two know a volume by different
 * names, and a service would start on an empty one.
 */
import type { Engine } from '../../engine/engine.ts';
import type { VolumeSummary } from '../../engine/objects.ts';
import type { Project, Volume } from '../../project/project.ts';
import { toDesiredVolume } from '../desired/desired-objects.ts';
import type { Runner } from '../running/supervisor.ts';
import { findDiscarded, type VolumeBody, type VolumeCopy } from './copy-marks.ts';
import { appIdOf, type SupervisorAccess } from '../supervised/supervisor-access.ts';

export interface CopyPlan {
  readonly copies: readonly VolumeCopy[];
  /** Copies that would overwrite a volume that is on the device already. */
  readonly blocked: readonly VolumeCopy[];
}

export const noCopies: CopyPlan = { copies: [], blocked: [] };

/**
 * The volume that the supervisor would create for `volume`, whose labels it compares: it removes a volume with other labels,
 * and creates it again (its compose/volume.ts, `isEqualConfig`). The label with the app's uuid is left out, as versions before
 * 13 do not know it and later ones do not compare it.
 */
function toSupervisedBody(appId: number, { key, driver, driverOptions, labels }: Volume): VolumeBody {
  const ownLabels = Object.entries(labels).map(
    ([name, value]) => [name.replace(/^io\.resin\./, 'io.balena.'), value] as const,
  );
  return {
    Name: `${appId.toString()}_${key}`,
    Driver: driver ?? 'local',
    DriverOpts: driverOptions,
    Labels: { ...Object.fromEntries<string>(ownLabels), 'io.balena.supervised': 'true' },
  };
}

/** With a driver or options, the name of a volume says nothing about where its data is: both may be the same place. */
const isPlain = ({ isExternal, driver = 'local', driverOptions }: Volume): boolean =>
  !isExternal && driver === 'local' && Object.keys(driverOptions).length === 0;

/** Plans the copies for a move of `project` to the runner `to`. Reads the names of the device's volumes. */
export async function planCopies(
  engine: Pick<Engine, 'listVolumes'>,
  project: Project,
  to: Runner,
  access: Pick<SupervisorAccess, 'stableId'>,
  signal: AbortSignal,
): Promise<CopyPlan> {
  return copiesAmong(await engine.listVolumes({}, signal), project, to, access);
}

/** As `planCopies`, for a device that has the volumes `there`. */
export function copiesAmong(
  there: readonly VolumeSummary[],
  project: Project,
  to: Runner,
  access: Pick<SupervisorAccess, 'stableId'>,
): CopyPlan {
  const appId = appIdOf(access, project.name);
  const names = new Set(there.map(({ name }) => name));
  const discarded = findDiscarded(there, project.name, to);
  const pairs = project.volumes.filter(isPlain).map((volume): VolumeCopy => {
    const supervised = toSupervisedBody(appId, volume);
    const ours = toDesiredVolume(project, volume).body;
    return to === 'supervisor' ? { from: ours.Name, to: supervised } : { from: supervised.Name, to: ours };
  });
  const present = pairs.filter(({ from }) => names.has(from));
  const isBlocked = ({ to: { Name } }: VolumeCopy): boolean => names.has(Name) && !discarded.has(Name);
  return { copies: present.filter(it => !isBlocked(it)), blocked: present.filter(isBlocked) };
}
