import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { assertRunning, findService, type ServiceQuery } from '../../release/running/find-service.ts';
import type { FoundContainer } from '../../tunnel/dial.ts';

/** Finds containers of services by their names, each time anew: a push replaces them, with other addresses. */
export interface ServiceFinder {
  /** Throws OsError `usage` if there is none, `service-failed` if it does not run. */
  readonly find: (service: string) => Promise<FoundContainer>;
  /** Returns why a service cannot be reached for now; undefined if it can. Throws OsError `usage` if there is none. */
  readonly findProblem: (service: string) => Promise<string | undefined>;
}

export interface ServiceFinderOptions extends Omit<ServiceQuery, 'service'> {
  /** undefined: no service is asked for. */
  readonly engine: Pick<Engine, 'listContainers'> | undefined;
  readonly signal: AbortSignal;
}

export function openServiceFinder({ engine, signal, ...query }: ServiceFinderOptions): ServiceFinder {
  const { where } = query;
  let listing: Promise<ContainerSummary[]> | undefined;
  /** Requests made while an answer is awaited share that answer. */
  const list = (): Promise<ContainerSummary[]> => {
    if (engine === undefined) throw new Error('no engine was reached');
    listing ??= engine.listContainers({}, signal).finally(() => {
      listing = undefined;
    });
    return listing;
  };
  let project: Promise<string | undefined> | undefined;
  const findProject = (): Promise<string | undefined> => (project ??= query.findProject());
  const find = async (service: string): Promise<FoundContainer> => {
    const all = await list();
    const listContainers = (): Promise<ContainerSummary[]> => Promise.resolve(all);
    const container = await findService({ listContainers }, { ...query, service, findProject }, signal);
    assertRunning(container, { service, where });
    return { container, all };
  };
  return {
    find,
    async findProblem(service) {
      try {
        await find(service);
        return undefined;
      } catch (error) {
        if (error instanceof OsError && error.code === 'service-failed') return error.message;
        throw error;
      }
    },
  };
}
