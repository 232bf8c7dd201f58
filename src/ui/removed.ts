import { sanitizeLine } from '../core/sanitize.ts';
import { formatBytes } from '../core/units.ts';
import type { Cleaned } from '../release/clean.ts';
import type { Removed } from '../release/control.ts';

const count = (things: readonly unknown[], name: string): string =>
  `${things.length.toString()} ${name}${things.length === 1 ? '' : 's'}`;

/** What `os down` removed, one a line. */
export function renderRemoved({
  project,
  containers,
  networks,
  volumes,
}: Removed & { project: string }): string {
  const lines = [
    ...containers.map(name => `removed container ${name}`),
    ...networks.map(name => `removed network ${name}`),
    ...volumes.map(name => `removed volume ${name}`),
  ];
  const shown = lines.length === 0 ? [`nothing of the project ${project} is there`] : lines;
  return shown.map(line => `${sanitizeLine(line)}\n`).join('');
}

/** What `os clean` removed. */
export function renderCleaned({ containers, images, freedBytes }: Cleaned): string {
  if (containers.length + images.length === 0) return 'nothing is left behind\n';
  return `removed ${count(containers, 'container')} and ${count(images, 'image')}: ${formatBytes(freedBytes)} freed\n`;
}

/** What `os clean` leaves because nobody can tell whose it is. */
export const describeDangling = (images: number): string =>
  images === 1
    ? 'one image without a name may be of a build that was cut off, or of others: --dangling removes it'
    : `${images.toString()} images without a name may be of builds that were cut off, or of others: --dangling removes them`;
