import { OsError } from '../../core/errors.ts';
import type { ReachedEngine } from '../../reach/engine/reached-engine.ts';
import { openServiceProcess, type ServiceCommand } from '../../reach/service/service-process.ts';
import { assertRunning, findService } from '../../release/running/find-service.ts';
import type { ProjectDependencies } from './dependencies.ts';
import { findProjectName } from './project/project-name.ts';
import { reachEitherWay, type EitherWayRequest } from './reach-either-way.ts';
import type { RunningRequest } from './requests.ts';
import type { FarEnd } from '../terminal/far-end.ts';

export interface SshServiceRequest extends Pick<RunningRequest, 'project'> {
  readonly target: EitherWayRequest;
  readonly service: string;
  /** Empty: a shell. */
  readonly words: readonly string[];
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  /** True where the person has said that it is a service: `--service`. */
  readonly isCertain: boolean;
}

/** Programs of a host that people type after a device's name, as with other SSH clients. */
const hostPrograms = new Set(
  'bash cat date df dmesg docker du free hostname id ip journalctl ls mount nmcli ping poweroff ps reboot sh systemctl tail top uname uptime vi'.split(
    ' ',
  ),
);

/** Throws OsError `usage` for a name that may as well be a command on the host. */
function refuseAmbiguous({ service, target, isCertain }: SshServiceRequest): void {
  if (isCertain || !hostPrograms.has(service)) return;
  const device = target.device ?? 'DEVICE';
  throw new OsError('usage', `${service} is a service on the device, and a command`, {
    hint: `say which: os ssh ${device} --service ${service}, or os ssh ${device} -- ${service}`,
  });
}

async function findContainer(
  dependencies: ProjectDependencies,
  { engine, name: where }: ReachedEngine,
  request: SshServiceRequest,
): Promise<string> {
  const { service, project } = request;
  const query = {
    service,
    where,
    project: project.projectName,
    findProject: () => findProjectName(dependencies, project),
  };
  const container = await findService(engine, query, dependencies.signal).catch((error: unknown) => {
    if (!(error instanceof OsError) || request.isCertain) throw error;
    const command = `a command goes after --: os ssh ${where} -- ${service}`;
    throw new OsError(error.code, error.message, {
      hint: [error.hint, command].filter(it => it !== undefined).join('; '),
    });
  });
  refuseAmbiguous(request);
  assertRunning(container, { service, where });
  return container.id;
}

/** A shell or command in a service's container, to be started. Disposing closes the connection. */
export async function openServiceEnd(
  dependencies: ProjectDependencies,
  request: SshServiceRequest,
): Promise<FarEnd & AsyncDisposable> {
  const { signal } = dependencies;
  const { service, words, user, workingDirectory } = request;
  const reached = await reachEitherWay(dependencies, request.target);
  const { engine, name: where } = reached;
  try {
    const id = await findContainer(dependencies, reached, request);
    const open = (
      more: Pick<ServiceCommand, 'terminal' | 'environment'>,
    ): ReturnType<typeof openServiceProcess> =>
      openServiceProcess(engine, { id, service, where }, { words, user, workingDirectory, signal, ...more });
    return {
      command: words.length === 0 ? undefined : words.join(' '),
      needsOutputTerminal: true,
      openCommand: () => open({}),
      openTty: ({ term, columns, rows }) =>
        open({ terminal: { columns, rows }, environment: { TERM: term } }),
      hangUp: () => void engine[Symbol.asyncDispose](),
      [Symbol.asyncDispose]: async () => {
        await engine[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
