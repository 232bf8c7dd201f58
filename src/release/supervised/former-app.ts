/**
 * The app of a project that a supervisor runs, to be posted again: where the project could not leave it, or for a setting of the
 * device. A supervisor reports its apps in no form that can be sent back: so it is written from the project, with the images that
 * run.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { TargetApp } from '../../supervisor/target/target-state.ts';
import { labelsOf } from '../desired/container-body.ts';
import { composeLabels } from '../desired/labels.ts';
import type { LockingEngine } from '../lease/holder.ts';
import { openProjectLock } from '../lease/project-lock.ts';
import { supervisedLabels } from '../running/supervised-apps.ts';
import { isSupervised } from '../running/supervisor.ts';
import { describePutBack, openOverrideRecord, overrideKey } from './override-record.ts';
import { appIdOf, type SupervisorAccess } from './supervisor-access.ts';
import { releasedServices, writeRelease } from './write-release.ts';

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

/** Posts the app again, also after Ctrl-C. The device's name and configuration stay. */
export const postAgain = (
  { supervisor }: Pick<SupervisorAccess, 'supervisor'>,
  { id, app }: FormerApp,
): Promise<void> =>
  supervisor.changeTarget(
    () => ({ apps: new Map([[id, app]]), replaced: new Set([id.toString()]), isForced: false }),
    AbortSignal.timeout(postMs),
  );

/**
 * Puts the setting back by which a command that was cut off overrides update locks, where a push has posted nothing. It is left to a
 * command that is working on the project. A warning says what was done, or how to do it.
 */
export async function putBackOverride(
  engine: LockingEngine & Pick<Engine, 'listContainers' | 'tagImage'>,
  project: Project,
  access: SupervisorAccess,
  { onWarning, signal }: { readonly onWarning: (message: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const record = openOverrideRecord(engine);
  if ((await record.find(signal)) === undefined) return;
  try {
    await using lock = await openProjectLock(engine, project.name, { signal });
    const left = await record.find(signal);
    if (left === undefined) return;
    const former = await readFormerApp(engine, project, access, AbortSignal.any([signal, lock.lost]));
    const apps = new Map(former === undefined ? [] : [[former.id, former.app] as const]);
    const same = { apps, replaced: new Set<string>(), isForced: false };
    await access.supervisor.changeTarget(() => ({ ...same, config: { [overrideKey]: left } }), signal);
    await record.remove();
    onWarning(describePutBack(left));
  } catch (error) {
    if (!(error instanceof OsError) || signal.aborted) throw error;
    if (error.code === 'busy') return;
    // It runs an app that could not be sent back.
    const reason =
      error.code === 'usage'
        ? 'the next push through the supervisor that changes a service, or os down, puts it back'
        : error.message;
    onWarning(`the device goes on overriding update locks (${overrideKey}): ${reason}`);
  }
}
