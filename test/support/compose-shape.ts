/** What two readings of a project are compared by. */
import { splitCommand } from '../../src/project/compose/read/split-command.ts';
import { parseBytes, parseDurationMs } from '../../src/project/yaml/units.ts';
import type { PortMapping } from '../../src/project/ports.ts';

export type Shape = Record<string, unknown>;
export type Raw = Record<string, unknown>;

/** Without what is absent, empty or false, so that both sides say nothing in the same way. */
export function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(compact);
  if (typeof value !== 'object' || value === null)
    return value === false || value === null ? undefined : value;
  const entries = Object.entries(value)
    .map(([key, child]) => [key, compact(child)] as const)
    .filter(([, child]) => child !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

export const portText = ({ hostIp, published, target, protocol }: PortMapping): string =>
  `${hostIp ?? ''}:${published ?? ''}:${target.toString()}/${protocol}`;
export const sorted = (list: readonly string[]): string[] => [...list].sort();
export function words(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const split = splitCommand(value);
  return 'words' in split ? split.words : split;
}
export const bytes = (value: unknown): unknown => (value === undefined ? undefined : parseBytes(text(value)));
export const ms = (value: unknown): unknown => (typeof value === 'string' ? parseDurationMs(value) : value);
export const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
export const raw = (value: unknown): Raw =>
  typeof value === 'object' && value !== null ? (value as Raw) : {};
export const list = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
export const record = (value: unknown): Raw =>
  Object.fromEntries(
    Object.entries(raw(value)).flatMap(([key, it]) => (it === null ? [] : [[key, text(it)]])),
  );
