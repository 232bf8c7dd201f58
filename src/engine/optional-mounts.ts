import { OsError } from '../core/errors.ts';
import type { ContainerBody } from './container-body.ts';

interface BindMount {
  Source?: unknown;
}

/** The path that the engine says it lacks. It tells of one at a time, in words alone (daemon/volumes, mounts/validate.go). */
function missingSource(error: unknown): string | undefined {
  if (!(error instanceof OsError) || error.code !== 'engine-refused') return undefined;
  return /bind source path does not exist: (\S+)/.exec(error.message)?.[1];
}

/** Creates a container without those of its optional mounts whose source the device lacks. */
export async function createWithOptionalMounts(
  create: (body: ContainerBody) => Promise<string>,
  body: ContainerBody,
  optionalSources: readonly string[],
): Promise<string> {
  try {
    return await create(body);
  } catch (error) {
    const missing = missingSource(error);
    const mounts = (body.HostConfig['Mounts'] ?? []) as BindMount[];
    const left = mounts.filter(({ Source }) => Source !== missing);
    if (missing === undefined || !optionalSources.includes(missing) || left.length === mounts.length)
      throw error;
    const without = { ...body, HostConfig: { ...body.HostConfig, Mounts: left } };
    return createWithOptionalMounts(create, without, optionalSources);
  }
}
