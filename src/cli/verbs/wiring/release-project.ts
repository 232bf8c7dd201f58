import type { PushDone } from '../../../release/apply/events.ts';
import type { Compressed } from '../../../image/formats/decompress.ts';
import { runDocker } from '../../../release/build/local/run-docker.ts';
import { push } from '../../../release/apply/push.ts';
import type { PushDependencies, PushRequest } from '../../../release/apply/push-request.ts';
import { chooseRunner, refuseForce } from '../../../release/supervised/choose-runner.ts';
import { findRunner, differsFromTarget } from '../../../release/supervised/find-runner.ts';
import {
  copyData,
  describeCopies,
  describeUnusedData,
  findDataElsewhere,
  refuseDataElsewhere,
  type DataElsewhere,
} from '../../../release/move/data-elsewhere.ts';
import { putBackOverride, readFormerApp } from '../../../release/move/former-app.ts';
import { describeStranded, moveProject } from '../../../release/move/move-project.ts';
import {
  moveNote,
  planMove,
  refuseCopies,
  refuseMove,
  type Move,
} from '../../../release/move/move-runner.ts';
import { checkCopySpace } from '../../../release/move/copy-space.ts';
import { noCopies, planCopies } from '../../../release/move/plan-copies.ts';
import { findOtherSession } from '../../../release/lease/session-lease.ts';
import { engineRunner } from '../../../release/apply/engine-runner.ts';
import { openSupervisedRunner } from '../../../release/supervised/run-supervised.ts';
import { describeLeftovers, findLeftovers } from '../../../release/running/purge-leftovers.ts';
import { appIdOf } from '../../../release/supervised/supervisor-access.ts';
import { toWholeMove } from '../../../release/move/whole-move.ts';
import type { ProjectIdentity } from '../../../release/running/unused-volumes.ts';
import type { CurrentTarget } from '../../../supervisor/target/target-state.ts';
import { describeSupervisor } from '../../../release/running/supervisor-note.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import { readRegistryLogins } from '../../../registry/registry-logins.ts';
import { readRegistrySecrets } from '../../../registry/registry-secrets.ts';
import { readFreeBytes, readCopiedBytes } from '../../../reach/engine/free-space.ts';
import type { ReleaseDependencies } from '../dependencies.ts';
import { canSupervise, checkSupervisor, openSupervisorAccess } from './open-supervisor-access.ts';
import { readProjectRunner } from './read-project-runner.ts';
import { openLocalTagRecords } from '../project/local-tag-records.ts';
import { readModeBeside } from './read-supervisor-mode.ts';
import { rememberProject } from './remember-project.ts';

/** Loaded where an image that this machine built has such layers. */
async function* unzstd(compressed: Compressed): AsyncGenerator<Buffer> {
  yield* (await import('../../../image/formats/decompress.ts')).unzstd(compressed);
}

/** The engine's socket in a device's OS. */
export const engineSocket = '/var/run/balena-engine.sock';

/** Names of the apps of a target that a move to the supervisor replaces. */
const othersIn = (target: CurrentTarget | undefined, { appId }: Pick<ProjectIdentity, 'appId'>): string[] =>
  [...(target?.apps ?? [])].filter(([id]) => id !== appId.toString()).map(([, { name }]) => name);

/**
 * True if the data of a project without containers is to be copied from the other runner. Throws OsError `usage` where it would start
 * on empty volumes, and nobody said so.
 */
function acceptsData(
  elsewhere: DataElsewhere,
  { takesOver = false, copiesVolumes = true }: PushRequest,
  { name, onWarning }: { readonly name: string; readonly onWarning: (message: string) => void },
): boolean {
  const unused = describeUnusedData(elsewhere, name);
  if (unused !== undefined) onWarning(unused);
  if (elsewhere.missing.length === 0) return false;
  if (!takesOver) throw refuseDataElsewhere(elsewhere, name);
  if (copiesVolumes) onWarning(describeCopies(elsewhere));
  return copiesVolumes;
}

/** Releases with the runner that the request or os.yml names, else with the one that `chooseRunner` finds right. */
async function releaseWith(
  reached: ReachedEngine,
  request: PushRequest,
  dependencies: PushDependencies,
  noteOnce: (text: string) => void,
): Promise<PushDone> {
  const { project, extent, takesOver = false, copiesVolumes = true, overridesLocks = false } = request;
  const { engine, signal, report } = dependencies;
  if (extent === 'build') return push(request, dependencies, engineRunner);
  const onWarning = (message: string): void => {
    report({ type: 'warning', message });
  };
  const access = openSupervisorAccess(reached);
  const present = await findRunner(engine, project.name, () => access, signal);
  const { runner, notes } = await chooseRunner(project.services, {
    wanted: request.runner ?? (await readProjectRunner(project.directory)),
    present: present.runner,
    canSupervise: () => canSupervise(engine, access, signal),
  });
  notes.forEach(noteOnce);
  const other =
    extent === 'all'
      ? await findOtherSession(engine, { project: project.name, services: request.services }, { signal })
      : undefined;
  if (other !== undefined) onWarning(other);
  if (overridesLocks && runner === 'engine' && present.runner !== 'supervisor')
    throw refuseForce(project.name);
  const target = runner === 'supervisor' ? await checkSupervisor(access, reached, signal) : undefined;
  const leaving = planMove(project.name, present, runner);
  const identity = { project: project.name, appId: appIdOf(access, project.name) };
  const { copies, blocked } =
    leaving === undefined || !copiesVolumes || present.isGiven
      ? noCopies
      : await planCopies(engine, project, runner, access, signal);
  const move =
    leaving === undefined
      ? undefined
      : toWholeMove(
          { ...leaving, copies, replaced: othersIn(target, identity) },
          present,
          project,
          takesOver ? request.services : [],
        );
  const elsewhere =
    present.runner === undefined
      ? await findDataElsewhere(engine, project, runner, access, signal)
      : undefined;
  const checkSpace = (of: Pick<Move, 'project' | 'copies'>): Promise<void> =>
    checkCopySpace(engine, of, {
      where: engine.where,
      readFreeBytes: dependencies.readFreeBytes,
      readCopiedBytes: (directories, within) => readCopiedBytes(reached, directories, within),
      signal,
    });
  if (move !== undefined) {
    if (!takesOver) throw refuseMove(move);
    if (blocked.length > 0)
      throw refuseCopies(move, blocked, {
        leftovers: await findLeftovers(engine, identity, move.from, signal),
        device: reached.name,
      });
    await checkSpace(move);
    onWarning(moveNote(move));
  }
  const isCopying =
    elsewhere !== undefined && acceptsData(elsewhere, request, { name: reached.name, onWarning });
  if (isCopying) await checkSpace({ ...elsewhere, copies: elsewhere.missing });
  const copying: PushRequest = isCopying
    ? {
        ...request,
        bringsOnlyData: true,
        bringOver: async within => {
          await checkSpace({ ...elsewhere, copies: elsewhere.missing });
          await copyData(engine, elsewhere, { report, onWarning, signal: within });
        },
      }
    : request;
  let hasLeft = false as boolean;
  const moving: PushRequest =
    move === undefined
      ? copying
      : {
          ...request,
          bringOver: async within => {
            // The images that were made meanwhile take space as well.
            await checkSpace(move);
            const former =
              move.from === 'supervisor' ? await readFormerApp(engine, project, access, within) : undefined;
            const options = {
              appId: identity.appId,
              overridesLocks,
              onWarning,
              report,
              former,
              signal: within,
            };
            await moveProject(engine, move, access, options);
            hasLeft = true;
            const left = await findLeftovers(engine, identity, move.to, signal);
            const text = describeLeftovers(left, identity, move.to, reached.name);
            if (text !== undefined) onWarning(text);
          },
        };
  try {
    const done = await (runner === 'engine'
      ? push(moving, dependencies, engineRunner)
      : push(
          moving,
          { ...dependencies, describeSupervisor: undefined },
          openSupervisedRunner(access, {
            isMove: move !== undefined,
            differsFromTarget:
              target !== undefined && (await differsFromTarget(engine, project.name, target, signal)),
          }),
        ));
    if (extent === 'all') await putBackOverride(engine, project, access, { onWarning, signal });
    return done;
  } catch (error) {
    const stranded =
      move === undefined || !hasLeft ? undefined : await describeStranded(engine, move, reached.name);
    if (stranded !== undefined) onWarning(stranded);
    throw error;
  }
}

/** Releases a project on the engine that was reached, with this machine's logins and memory of earlier pushes. */
export const releaseProject = (note: (text: string) => void): ReleaseDependencies['release'] => {
  // A session releases often, and what is said about its device and its services stays the same.
  const reported = new Set<string>();
  /** Addresses of devices whose supervisor was described. */
  const described = new Set<string>();
  return async (reached, request, { signal, report, registrySecretsFile }) => {
    const noteOnce = (message: string): void => {
      if (!reported.has(message)) report({ type: 'warning', message });
      reported.add(message);
    };
    const { project } = request;
    const secrets = registrySecretsFile === undefined ? {} : await readRegistrySecrets(registrySecretsFile);
    const memory = await rememberProject(reached, project, signal);
    const dependencies: PushDependencies = {
      engine: reached.engine,
      address: reached.address,
      signal,
      logins: references => readRegistryLogins(references, { secrets, signal, note }),
      readFreeBytes: innerSignal => readFreeBytes(reached, innerSignal),
      memory,
      local: { docker: runDocker, unzstd, tagRecords: openLocalTagRecords() },
      describeSupervisor: async supervisor => {
        if (described.has(reached.address)) return undefined;
        described.add(reached.address);
        const mode = supervisor.isRunning
          ? await readModeBeside(openSupervisorAccess(reached), signal)
          : 'down';
        return describeSupervisor(supervisor, mode);
      },
      engineSocket,
      report,
    };
    return await releaseWith(reached, request, dependencies, noteOnce).finally(() => memory.save());
  };
};
