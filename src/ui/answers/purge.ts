import { sanitizeLine } from '../../core/sanitize.ts';
import { someNames } from '../../core/some-names.ts';
import type { Purged, PurgePlan } from '../../release/running/purge.ts';
import type { Rendered } from './rendered.ts';

/** Describes what a purge removes, every volume by name, as a sentence without its end. */
export function describePurge({ volumes, containers }: PurgePlan, device: string): string {
  const holding =
    containers.length === 0 ? '' : `, and the containers ${containers.map(it => it.name).join(', ')}`;
  return sanitizeLine(`${device} loses the volumes ${volumes.join(', ')} with all that is in them${holding}`);
}

export function renderPurged({ project, volumes, containers, inUse, elsewhere }: Purged): Rendered {
  const lines = [
    ...containers.map(name => `removed container ${name}`),
    ...volumes.map(name => `removed volume ${name}`),
  ];
  const ofEngine = elsewhere.length > 0 ? ' of the engine' : '';
  const shown =
    lines.length > 0 ? lines : [`the project ${project} has no volumes${ofEngine} to remove on the device`];
  return {
    text: shown.map(line => `${sanitizeLine(line)}\n`).join(''),
    notes: [
      ...(inUse.length > 0 ? [`left, as other containers use them: ${someNames(inUse)}`] : []),
      ...(elsewhere.length > 0
        ? [
            `left, its data under the supervisor: ${someNames(elsewhere)}; \`os down DEVICE --project ${project} --volumes\` removes all of its data`,
          ]
        : []),
    ],
  };
}
