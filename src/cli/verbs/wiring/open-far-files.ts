import { archiveFarFiles } from '../../../copy/archive-far-files.ts';
import { directArchive } from '../../../copy/direct-archive.ts';
import { shellFarFiles } from '../../../copy/shell-far-files.ts';
import { OsError } from '../../../core/errors.ts';
import { shellQuote } from '../../../core/shell-quote.ts';
import { chooseDevice } from '../../../reach/choose-device.ts';
import { reachHost } from '../../../reach/host/reach-host.ts';
import { openServiceProcess, type ServiceContainer } from '../../../reach/service/service-process.ts';
import type { Engine } from '../../../engine/engine.ts';
import { findService } from '../../../release/running/find-service.ts';
import { reachContext } from '../../terminal/reach-context.ts';
import type { OpenFarFiles } from '../cp.ts';
import { findProjectName } from '../project/project-name.ts';
import { reachEitherWay } from '../reach-either-way.ts';
import { wireProject, type Surroundings } from './wire-project.ts';

/** Runs as root, whatever user the container has: what it copies are its files. */
const user = '0';

const needed = 'for p in tar find mv rm mkdir; do command -v $p >/dev/null 2>&1 || exit 1; done';

/** True if the running container has what the scripts of `shellFarFiles` need. */
async function hasTools(engine: Engine, container: ServiceContainer, signal: AbortSignal): Promise<boolean> {
  try {
    const process = await openServiceProcess(engine, container, { words: [needed], user, signal });
    process.stdin.end();
    process.stdout.resume();
    process.stderr.resume();
    const exit = await process.ended;
    return 'status' in exit && exit.status === 0;
  } catch (error) {
    if (error instanceof OsError && (error.code === 'usage' || error.code === 'engine-refused')) return false;
    throw error;
  }
}

/** The real files of devices. */
export function openFarFiles(surroundings: Surroundings): OpenFarFiles {
  const { output, signal } = surroundings;
  return async ({ device, service }, request) => {
    const { project, target } = request;
    if (service === undefined) {
      const context = reachContext(output, signal);
      const chosen = await chooseDevice(device, context);
      const login = { identityFile: target.identityFile };
      const { session, host } = await reachHost({ target: chosen, ...login }, context);
      const where = host ?? chosen.text;
      const files = shellFarFiles(words => session.openCommand(words.map(shellQuote).join(' ')), where);
      return {
        files,
        [Symbol.asyncDispose]: async () => {
          await session[Symbol.asyncDispose]();
        },
      };
    }
    const dependencies = wireProject(surroundings);
    const { engine, name: where } = await reachEitherWay(dependencies, { ...target, device });
    const close = async (): Promise<void> => {
      await engine[Symbol.asyncDispose]();
    };
    try {
      const findProject = (): Promise<string | undefined> => findProjectName(dependencies, project);
      const query = { service, where, project: project.projectName, findProject };
      const { id, state } = await findService(engine, query, signal);
      const container = { id, service, where };
      const named = `${service} on ${where}`;
      const files =
        state === 'running' && (await hasTools(engine, container, signal))
          ? shellFarFiles(
              (words, within) => openServiceProcess(engine, container, { words, user, signal: within }),
              named,
              directArchive(engine, id),
            )
          : archiveFarFiles(engine, id, named);
      return { files, [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      throw error;
    }
  };
}
