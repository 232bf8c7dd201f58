import { OsError } from '../../../core/errors.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import { readProjectFile } from '../../../device/project-device.ts';
import type { BuildPlace } from '../../../project/build.ts';
import type { Project } from '../../../project/project.ts';

const isPlace = (value: unknown): value is BuildPlace => value === 'device' || value === 'local';

export interface BuildPlaces {
  readonly placeOf: (service: string) => BuildPlace;
  /** Throws OsError `project-invalid` if a service is named that `project` does not have. */
  readonly check: (project: Pick<Project, 'services' | 'disabledServices'>) => void;
}

export const everywhere = (place: BuildPlace): BuildPlaces => ({
  placeOf: () => place,
  check: () => undefined,
});

/**
 * `build_on:` of the os.yml that applies to `directory`: `local` or `device` for all services, or a mapping of services.
 * Throws OsError `project-invalid`.
 */
export async function readBuildPlaces(directory: string): Promise<BuildPlaces> {
  const found = await readProjectFile(directory);
  const places = found?.content.build_on;
  if (found === undefined || places === undefined || places === null) return everywhere('device');
  if (isPlace(places)) return everywhere(places);
  const refuse = (what: string): never => {
    throw new OsError('project-invalid', `${found.file}: build_on: ${what}`, {
      hint: 'write `build_on: local`, or `build_on: {SERVICE: local}`',
    });
  };
  if (typeof places !== 'object') return refuse('is neither local nor device');
  const byService = new Map<string, BuildPlace>();
  for (const [service, place] of Object.entries(places)) {
    if (!isPlace(place)) return refuse(`${sanitizeLine(service)} is neither local nor device`);
    byService.set(service, place);
  }
  return {
    placeOf: service => byService.get(service) ?? 'device',
    check({ services, disabledServices }) {
      const known = new Set([...services.map(({ name }) => name), ...disabledServices]);
      for (const service of byService.keys())
        if (!known.has(service)) refuse(`the project has no service ${sanitizeLine(service)}`);
    },
  };
}
