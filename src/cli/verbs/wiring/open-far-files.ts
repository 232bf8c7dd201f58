import { archiveFarFiles } from '../../../copy/archive-far-files.ts';
import { directArchive } from '../../../copy/direct-archive.ts';
import { MissingPrograms } from '../../../copy/far-files.ts';
import { serviceFarFiles } from '../../../copy/service-far-files.ts';
import { shellFarFiles, type StartFar } from '../../../copy/shell-far-files.ts';
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

/** Starts a program in a running container. Throws OsError `MissingPrograms` where it has no shell, or starts none. */
const startIn =
  (engine: Engine, container: ServiceContainer): StartFar =>
  async (words, signal) => {
    try {
      // One word is a line of shell: without a shell it is refused, where several would be started as a program.
      const line = `exec ${words.map(shellQuote).join(' ')}`;
      return await openServiceProcess(engine, container, { words: [line], user, signal });
    } catch (error) {
      if (!(error instanceof OsError) || (error.code !== 'usage' && error.code !== 'engine-refused'))
        throw error;
      throw new MissingPrograms(error.code, error.message, { cause: error });
    }
  };

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
      const named = `${service} on ${where}`;
      const archives = archiveFarFiles(engine, id, named);
      const start = startIn(engine, { id, service, where });
      const files =
        state === 'running'
          ? serviceFarFiles(shellFarFiles(start, named, directArchive(engine, id)), archives)
          : archives;
      return { files, [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      throw error;
    }
  };
}
