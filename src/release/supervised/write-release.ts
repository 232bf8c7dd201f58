/** The app of a target state that a project becomes. */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { formatProblem } from '../../project/problem.ts';
import { placeOf, type Project } from '../../project/project.ts';
import type { Remark } from '../../supervisor/target/remarks.ts';
import type { TargetApp } from '../../supervisor/target/target-state.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { digestOf } from '../desired/digest.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import { pickServiceContainer } from '../running/service-container.ts';
import { nameForRunning } from './run-tag.ts';
import type { SupervisorAccess } from './supervisor-access.ts';

/** A service of the release: its image, and the digest by which a later push tells that it is still the same. */
export interface ReleasedService {
  readonly service: string;
  readonly imageId: string;
  readonly configHash: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface WrittenRelease {
  readonly app: TargetApp;
  readonly services: readonly ReleasedService[];
}

/** Labels with the project's directory and its machine are left out: they do not concern the services, and a change would recreate all of them. */
const placeLabels: readonly string[] = [
  composeLabels.workingDirectory,
  composeLabels.configFiles,
  ourLabels.machine,
];

/**
 * The services that `desired` has, and those of the project beside them as they run. Throws OsError `service-failed` where
 * an image is missing.
 */
export function releasedServices(
  desired: Pick<DesiredRelease, 'services'>,
  observed: Pick<ObservedRelease, 'containers' | 'images'>,
): ReleasedService[] {
  const selected = desired.services.map(({ service, image, configHash, body }): ReleasedService => {
    const imageId = observed.images.get(image.reference)?.id;
    if (imageId === undefined)
      throw new OsError('service-failed', `${service}: the device has no image ${image.reference}`);
    return { service, imageId, configHash, labels: body.Labels };
  });
  const names = new Set(selected.map(({ service }) => service));
  const others = [...new Set(observed.containers.map(({ labels }) => labels[composeLabels.service] ?? ''))]
    .filter(name => !names.has(name))
    .flatMap((service): ReleasedService[] => {
      const { container } = pickServiceContainer(observed.containers, service);
      if (container === undefined) return [];
      const { labels, imageId } = container;
      return [{ service, imageId, configHash: labels[composeLabels.configHash] ?? '', labels: {} }];
    });
  return [...selected, ...others];
}

/** Names the images, and writes the app. Throws OsError `project-invalid` for what a supervisor would not apply. */
export async function writeRelease(
  engine: Pick<Engine, 'tagImage'>,
  project: Project,
  services: readonly ReleasedService[],
  runner: Pick<SupervisorAccess, 'writeApp'>,
  { onWarning, labelsOf, signal }: WriteOptions,
): Promise<WrittenRelease> {
  const byName = new Map(services.map(it => [it.service, it]));
  const images = new Map<string, string>();
  for (const { service, imageId } of services)
    images.set(service, await nameForRunning(engine, { project: project.name, service, imageId }, signal));
  const write = (commit: string): ReturnType<SupervisorAccess['writeApp']> =>
    runner.writeApp(
      { ...project, services: project.services.filter(({ name }) => byName.has(name)) },
      {
        commit,
        releaseId: 1,
        imageOf: ({ name }) => images.get(name) ?? '',
        labelsOf: service => {
          const { configHash = '', imageId = '' } = byName.get(service.name) ?? {};
          const all = {
            ...labelsOf(service.name),
            [composeLabels.configHash]: configHash,
            [composeLabels.image]: imageId,
          };
          return Object.fromEntries(Object.entries(all).filter(([name]) => !placeLabels.includes(name)));
        },
      },
    );
  const { app, remarks } = write('none');
  checkRemarks(remarks, project, onWarning);
  const commit = digestOf({ services: [...app.services], volumes: app.volumes, networks: app.networks });
  return { app: { ...app, commit: commit.slice(0, 12) }, services };
}

export interface WriteOptions {
  readonly onWarning: (message: string) => void;
  readonly labelsOf: (service: string) => Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Reports warnings as `compose.yaml:4:5: services.web.ports: …`. Throws OsError `project-invalid` with every problem in that
 * form, where there is one.
 */
export function checkRemarks(
  remarks: readonly Remark[],
  project: Pick<Project, 'directory' | 'places'>,
  onWarning: (message: string) => void,
): void {
  const text = ({ service, field, message }: Remark): string => {
    const subject = service === '' ? field : `services.${service}.${field}`;
    const place = placeOf(project, subject);
    return place === undefined
      ? `${subject}: ${message}`
      : formatProblem({ place, subject, message }, project.directory);
  };
  const problems = remarks.filter(({ severity }) => severity === 'problem');
  if (problems.length > 0)
    throw new OsError(
      'project-invalid',
      ['the supervisor cannot run the project:', ...problems.map(it => `  ${text(it)}`)].join('\n'),
      { hint: 'change these fields, or use the engine: --runner engine' },
    );
  for (const remark of remarks) onWarning(text(remark));
}
