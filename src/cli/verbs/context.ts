import { once } from 'node:events';
import path from 'node:path';
import { addressAndPort } from '../../core/address.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { checkWithDocker } from '../../docker-context/check-with-docker.ts';
import { contextNameOf } from '../../docker-context/context-name.ts';
import type { ContextResult } from '../../docker-context/context-result.ts';
import { installContext, useContext } from '../../docker-context/context-store.ts';
import { overridingVariables } from '../../net/docker-variables.ts';
import { serveSocket } from '../../docker-context/serve-socket.ts';
import { exportLine, unsetLine, type Shell } from '../../docker-context/shell-lines.ts';
import type { ProjectDependencies } from './dependencies.ts';
import type { DeviceRequest } from './requests.ts';

export interface ContextRequest {
  readonly target: DeviceRequest;
  /** Default: the device's name. */
  readonly name: string | undefined;
  readonly isInstalled: boolean;
  /** True: `docker` uses it from then on where nothing else is said. */
  readonly isUsed: boolean;
}

export interface ContextDependencies extends Pick<ProjectDependencies, 'signal' | 'note' | 'reach'> {
  readonly environment: Readonly<Partial<Record<string, string>>>;
  /** Directory of the docker client's configuration. */
  readonly dockerDirectory: string;
  readonly stateDirectory: string;
  readonly shell: Shell;
  readonly report: (context: ContextResult) => void;
}

const tcpHost = (address: string, port: number): string => {
  const [bare = '', zone] = address.split('%');
  return `tcp://${addressAndPort(zone === undefined ? bare : `${bare}%25${zone}`, port)}`;
};

/**
 * Says how `docker` reaches a device, or installs a context for it. Over SSH a socket of this machine leads there, which is served until
 * `signal` aborts. Throws OsError `usage` where the environment would keep docker from using the context that is chosen.
 */
export async function context(dependencies: ContextDependencies, request: ContextRequest): Promise<void> {
  const { signal, note, environment, dockerDirectory, shell, report } = dependencies;
  const { isInstalled, isUsed } = request;
  const set = overridingVariables(environment);
  if (isUsed && set.length > 0)
    throw new OsError('usage', `${set.join(', ')} set: docker would not use the context`, {
      hint: `first: ${unsetLine(shell, set)}`,
    });
  const reached = await dependencies.reach(request.target);
  await using _engine = reached.engine;
  const name = request.name ?? contextNameOf(reached.name);
  await using served =
    reached.port === null
      ? await serveSocket(
          path.join(dependencies.stateDirectory, 'docker', `${name}.sock`),
          () => reached.openSocket(),
          reason => note(`the engine is not reached: ${reason}`),
        )
      : undefined;
  const host = served === undefined ? tcpHost(reached.address, reached.port ?? 0) : `unix://${served.path}`;
  await checkWithDocker(host, signal);
  const description = `${sanitizeLine(reached.name)}${served === undefined ? '' : ', while `os context --via ssh` runs'}`;
  const file = isInstalled
    ? await installContext(dockerDirectory, {
        name,
        description,
        host,
        device: reached.name,
        named: request.target.device,
      })
    : null;
  let isChosen = false;
  if (isUsed) {
    await useContext(dockerDirectory, name);
    isChosen = true;
  }
  const unset = set.filter(it => it !== 'DOCKER_HOST' || isInstalled);
  report({
    device: reached.name,
    name,
    host,
    file,
    isUsed: isChosen,
    lines: [
      ...(unset.length > 0 ? [unsetLine(shell, unset)] : []),
      ...(isInstalled ? [] : [exportLine(shell, 'DOCKER_HOST', host)]),
    ],
  });
  const proxy = ['HTTP_PROXY', 'http_proxy'].find(
    it => environment[it] !== undefined && environment[it] !== '',
  );
  if (proxy !== undefined && served === undefined)
    note(`${proxy} is set: docker asks the proxy unless NO_PROXY names ${reached.address}`);
  if (served === undefined) return;
  note(`${served.path} leads to the engine of ${sanitizeLine(reached.name)} until Ctrl-C`);
  if (!signal.aborted) await once(signal, 'abort');
}
