import type { ConfigKey } from '../../host/config/config-keys.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Output } from '../output.ts';
import { describeLeftStopped } from './left-stopped.ts';
import { renderTable, type Rendered } from '../answers/rendered.ts';

/** Renders a value for scripts: text unquoted, other types as JSON. Sanitizes each line. */
export function renderConfigValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  return `${text.split('\n').map(sanitizeLine).join('\n')}\n`;
}

interface Changed {
  /** The device, or the image. */
  readonly device: string | null;
  readonly image: string | null;
  readonly isChanged: boolean;
  readonly restarts: readonly string[];
  readonly needsReboot: boolean;
  readonly reachedAt: string | null;
  readonly stopped: readonly string[];
}

/** Renders the results of a change, one fact a line. */
export function renderConfigChanged(changed: Changed): string {
  const device = sanitizeLine(changed.device ?? changed.image ?? '');
  if (!changed.isChanged) return `nothing to change in config.json of ${device}\n`;
  return [
    `config.json of ${device} is changed\n`,
    changed.restarts.length === 0 ? '' : `the OS restarts ${changed.restarts.join(', ')}\n`,
    changed.needsReboot ? `it takes effect with the next boot: os reboot ${device}\n` : '',
    changed.reachedAt === null ? '' : `the device is reached at ${sanitizeLine(changed.reachedAt)}\n`,
    changed.stopped.length === 0 ? '' : `${describeLeftStopped(changed.stopped, device)}\n`,
  ].join('');
}

/** The keys that the OS reads. */
export function renderConfigSchema(keys: readonly ConfigKey[], output: Output): Rendered {
  const effectOf = ({ restarts, needsReboot }: ConfigKey): string =>
    needsReboot === true ? 'reboot' : restarts.length > 0 ? 'at once' : '';
  const rows = keys.map(it => [it.key, it.type, effectOf(it), it.summary]);
  return renderTable(['KEY', 'TYPE', 'EFFECT', 'MEANING'], rows, output);
}
