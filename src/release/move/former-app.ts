/**
 * The app of a project that a supervisor runs, to be posted again: where the project could not leave it, or for a setting of the
 * device. A supervisor reports its apps in no form that can be sent back: so it is written from the project, with the images that
 * run.
 */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { TargetApp } from '../../supervisor/target/target-state.ts';
import { labelsOf } from '../desired/container-body.ts';
import { composeLabels } from '../desired/labels.ts';
import type { LockingEngine } from '../lease/holder.ts';
import { openProjectLock } from '../lease/project-lock.ts';
import { untilBack } from './until-back.ts';
import { supervisedLabels } from '../running/supervised-apps.ts';
import { isSupervised } from '../running/supervisor.ts';
import {
  describePutBack,
  openOverrideRecord,
  overrideKey,
  unlessFailed,
  type OverrideRecord,
} from '../supervised/override-record.ts';
import { appIdOf, type SupervisorAccess } from '../supervised/supervisor-access.ts';
import { releasedServices, writeRelease } from '../supervised/write-release.ts';

export interface FormerApp {
  readonly id: number;
  readonly app: TargetApp;
}

/** undefined: the supervisor runs the project as another app, or would not run it as it is now. */
export async function readFormerApp(
  engine: Pick<Engine, 'listContainers' | 'tagImage'>,
  project: Project,
  access: Pick<SupervisorAccess, 'stableId' | 'writeApp'>,
  signal: AbortSignal,
): Promise<FormerApp | undefined> {
  const all = await engine.listContainers({ [composeLabels.project]: project.name }, signal);
  const containers = all.filter(isSupervised);
  const id = appIdOf(access, project.name);
  if (containers.some(({ labels }) => labels[supervisedLabels.app] !== id.toString())) return undefined;
  const services = releasedServices({ services: [] }, { containers, images: new Map() }).filter(
    ({ service }) => project.services.some(({ name }) => name === service),
  );
  // An app without services is one that is removed.
  if (services.length === 0) return undefined;
  try {
    const { app } = await writeRelease(engine, project, services, access, {
      signal,
      onWarning: () => undefined,
      labelsOf: name => {
        const service = project.services.find(it => it.name === name);
        return service === undefined ? {} : labelsOf(project, service);
      },
    });
    return { id, app };
  } catch (error) {
    if (error instanceof OsError && error.code === 'project-invalid') return undefined;
    throw error;
  }
}

const postMs = 10_000;

/**
 * Posts the app again, also after Ctrl-C, and where the supervisor is out of reach for a while. The device's name and
 * configuration stay.
 */
export async function postAgain(
  { supervisor }: Pick<SupervisorAccess, 'supervisor'>,
  { id, app }: FormerApp,
  clock: Clock,
): Promise<void> {
  const same = { apps: new Map([[id, app]]), replaced: new Set([id.toString()]), isForced: false };
  const post = (): Promise<void> => supervisor.changeTarget(() => same, AbortSignal.timeout(postMs));
  await untilBack(post, clock, new AbortController().signal);
}

interface PutBackOptions {
  readonly onWarning: (message: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Puts the setting back by which a command that was cut off overrides update locks, where a push has posted nothing. It is left to a
 * command that is working on the project. A warning says what was done, or how to do it.
 */
export async function putBackOverride(
  engine: LockingEngine & Pick<Engine, 'listContainers' | 'tagImage'>,
  project: Project,
  access: SupervisorAccess,
  { onWarning, signal }: PutBackOptions,
): Promise<void> {
  const record = openOverrideRecord(engine);
  if ((await record.find(signal)) === undefined) return;
  await warnIfFailed(onWarning, signal, async () => {
    await using lock = await openProjectLock(engine, project.name, { signal });
    const within = AbortSignal.any([signal, lock.lost]);
    await restoreValue(record, access, () => readFormerApp(engine, project, access, within), {
      onWarning,
      signal,
    });
  });
}

/** Like `putBackOverride`, for a command that holds the lock of a project that no supervisor runs. */
export async function putBackWithoutProject(
  engine: Pick<Engine, 'createVolume' | 'findVolume' | 'removeVolume'>,
  openAccess: () => Pick<SupervisorAccess, 'supervisor'>,
  options: PutBackOptions,
): Promise<void> {
  const record = openOverrideRecord(engine);
  if ((await record.find(options.signal)) === undefined) return;
  await warnIfFailed(options.onWarning, options.signal, () =>
    restoreValue(record, openAccess(), () => Promise.resolve(undefined), options),
  );
}

async function restoreValue(
  record: OverrideRecord,
  { supervisor }: Pick<SupervisorAccess, 'supervisor'>,
  readFormer: () => Promise<FormerApp | undefined>,
  { onWarning, signal }: PutBackOptions,
): Promise<void> {
  const left = await record.find(signal);
  if (left === undefined) return;
  const former = await readFormer();
  const apps = new Map(former === undefined ? [] : [[former.id, former.app] as const]);
  const same = { apps, replaced: new Set<string>(), isForced: false };
  await supervisor.changeTarget(() => ({ ...same, config: { [overrideKey]: left } }), signal);
  await record.remove().catch(unlessFailed);
  onWarning(describePutBack(left));
}

/** Runs `work`; where it fails with an OsError, a warning says so in its place. */
async function warnIfFailed(
  onWarning: PutBackOptions['onWarning'],
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OsError) || signal.aborted) throw error;
    if (error.code === 'busy') return;
    // It runs an app that could not be sent back.
    const reason =
      error.code === 'usage'
        ? `${error.message}; the next push through the supervisor that changes a service puts it back`
        : error.message;
    onWarning(`the device goes on overriding update locks (${overrideKey}): ${reason}`);
  }
}
