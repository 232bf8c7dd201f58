import { sanitizeLine } from '../../core/sanitize.ts';
import { someNames } from '../../core/some-names.ts';
import { formatBytes } from '../../core/units.ts';
import type { Cleaned } from '../../release/running/clean.ts';
import type { Removed } from '../../release/running/control.ts';
import type { Rendered } from './rendered.ts';

const count = (things: readonly unknown[], name: string): string =>
  `${things.length.toString()} ${name}${things.length === 1 ? '' : 's'}`;

/** Lists what `os down` removed, one a line, and names the containers that it left. */
export function renderRemoved({
  project,
  containers,
  networks,
  volumes,
  foreign,
  inUse,
}: Removed & { readonly project: string }): Rendered {
  const lines = [
    ...containers.map(name => `removed container ${name}`),
    ...networks.map(name => `removed network ${name}`),
    ...volumes.map(name => `removed volume ${name}`),
  ];
  const shown =
    lines.length > 0 || foreign.length > 0 ? lines : [`the device has nothing of the project ${project}`];
  const notes = [
    ...(foreign.length > 0 ? [`left, as os did not make them: ${someNames(foreign)}`] : []),
    ...(inUse.length > 0 ? [`left, as other containers use them: ${someNames(inUse)}`] : []),
  ];
  return { text: shown.map(line => `${sanitizeLine(line)}\n`).join(''), notes };
}

/** Sums up what `os clean` removed. */
export function renderCleaned({ containers, images, freedBytes }: Cleaned): string {
  if (containers.length + images.length === 0) return 'nothing to remove\n';
  return `removed ${count(containers, 'container')} and ${count(images, 'image')}: ${formatBytes(freedBytes)} freed\n`;
}

/** Mentions the images that `os clean` leaves, as their owner is unknown. */
export const describeDangling = (images: number): string =>
  images === 1
    ? 'one unnamed image may come from an interrupted build, or from other tools; --dangling removes it'
    : `${images.toString()} unnamed images may come from interrupted builds, or from other tools; --dangling removes them`;
