import { sanitizeLine } from '../../core/sanitize.ts';
import type { ConfiguredItem, ConfigureReport } from '../../image/configure/configure-boot.ts';

/** An image, and its changes. */
export interface ConfiguredImage extends ConfigureReport {
  readonly image: string;
}

const shown = (value: unknown): string =>
  value === null ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);

const renderItem = ({ what, before, after }: ConfiguredItem): string =>
  sanitizeLine(`  ${what}: ${shown(before)} → ${shown(after)}`);

/** Renders the changes in each image. */
export const renderConfigured = (images: readonly ConfiguredImage[]): string =>
  images
    .flatMap(({ image, changes }) => [
      sanitizeLine(changes.length === 0 ? `${image}: configured so already` : `${image}: configured`),
      ...changes.map(renderItem),
    ])
    .map(line => `${line}\n`)
    .join('');
