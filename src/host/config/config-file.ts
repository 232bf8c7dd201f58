/** config.json as bytes of a file and as text: its path, its faults, and its edits. */
import { OsError } from '../../core/errors.ts';
import { configKeys, type ConfigKey } from './config-keys.ts';
import { getJson, NotAnObjectError, setJson, unsetJson } from './edit-json.ts';
import { JsonSyntaxError, parseJson } from './json-document.ts';
import { formatKeyPath } from './key-path.ts';
import { problemOfValue } from './read-value.ts';

export const configPath = '/mnt/boot/config.json';

export type ConfigChange =
  | { readonly kind: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly kind: 'unset'; readonly path: readonly string[] }
  /** The whole text, as a person edited it. */
  | { readonly kind: 'replace'; readonly text: string };

const repairHint = 'mend it with `os config edit`, which opens it as it is';

function refuse(problem: string, hint: string): never {
  throw new OsError('config-invalid', `config.json ${problem}`, { hint });
}

/** The text of the file, JSON or not. Throws OsError `config-invalid` if it is not UTF-8. */
export function decodeConfig(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('is not valid UTF-8', 'replace it by a file that is');
  }
}

/** The text of the file. Throws OsError `config-invalid` with line and column where it is not a JSON object in UTF-8. */
export function decodeValidConfig(bytes: Uint8Array): string {
  const text = decodeConfig(bytes);
  checkConfigText(text, repairHint);
  return text;
}

/** Throws OsError `config-invalid` where `text` is not a JSON object. */
export function checkConfigText(text: string, hint: string): void {
  if (text.startsWith('\ufeff')) refuse('begins with a byte order mark, which the OS does not accept', hint);
  try {
    if (parseJson(text).kind !== 'object') refuse('is not a JSON object', hint);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    refuse(
      `is not valid JSON: line ${error.line.toString()}, column ${error.column.toString()}: ${error.message}`,
      hint,
    );
  }
}

function edit(text: string, change: ConfigChange): string {
  switch (change.kind) {
    case 'set':
      return setJson(text, change.path, change.value);
    case 'unset':
      return unsetJson(text, change.path);
    case 'replace':
      return change.text;
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const pathOf = ({ key }: ConfigKey): string[] => key.split('.');

/** The keys of the table whose values differ between two texts. */
export const changedKeys = (before: string, after: string): readonly ConfigKey[] =>
  configKeys.filter(known => !isSame(getJson(before, pathOf(known)), getJson(after, pathOf(known))));

/**
 * The text after `change`. Throws OsError `config-invalid` if that is not a JSON object, if a value that changes is one
 * that the OS does not accept, or if the path leads through a value that is not an object.
 */
export function changeConfig(text: string, change: ConfigChange): string {
  if (change.kind !== 'replace') checkConfigText(text, repairHint);
  let changed: string;
  try {
    changed = edit(text, change);
  } catch (error) {
    if (!(error instanceof NotAnObjectError)) throw error;
    throw new OsError('config-invalid', `${formatKeyPath(error.path)} in config.json is not an object`, {
      hint: `see it with \`os config get ${formatKeyPath(error.path)}\``,
    });
  }
  checkConfigText(changed, 'nothing was written');
  for (const known of changedKeys(change.kind === 'replace' ? safeBase(text) : text, changed)) {
    const value = getJson(changed, pathOf(known));
    const problem = value === undefined ? undefined : problemOfValue(pathOf(known), value);
    if (problem !== undefined)
      throw new OsError('config-invalid', `${known.key} cannot have this value: ${problem}`, {
        hint: 'nothing was written',
      });
  }
  return changed;
}

/** Base text for comparison with an edit: a file that was not a JSON object had no values. */
function safeBase(text: string): string {
  try {
    return parseJson(text).kind === 'object' ? text : '{}';
  } catch (error) {
    if (error instanceof JsonSyntaxError) return '{}';
    throw error;
  }
}

export interface ConfigEffects {
  /** Units that the OS restarts by itself, or that are restarted where it has no watcher. */
  readonly restarts: readonly string[];
  readonly needsReboot: boolean;
  /** True if the change may affect the device's reachability. */
  readonly isReach: boolean;
  readonly changed: readonly string[];
}

/** Returns the effects on the running device when `before` is replaced by `after`. */
export function configEffects(before: string, after: string): ConfigEffects {
  const changed = changedKeys(safeBase(before), after);
  return {
    restarts: [...new Set(changed.flatMap(({ restarts }) => restarts))],
    needsReboot: changed.some(({ needsReboot }) => needsReboot === true),
    isReach: changed.some(({ isReach }) => isReach === true),
    changed: changed.map(({ key }) => key),
  };
}
