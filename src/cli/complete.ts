/** `os __complete WORDS…`: what may stand in place of the last word, one a line. Reads one small file and no library. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sanitizeLine } from '../core/sanitize.ts';
import { stateDirectory } from '../state/paths.ts';
import { complete } from './completion/candidates.ts';
import { readServices, type ServicePorts } from './completion/project-services.ts';
import type { CompletedCommand } from './completion/spec.ts';

/** Names in a directory; none where it cannot be read. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The host name in what is remembered of a device. */
function hostIn(file: string): string[] {
  try {
    const { host } = JSON.parse(textOf(file) ?? '') as { readonly host?: unknown };
    return typeof host === 'string' ? [host.replace(/\.local$/, '')] : [];
  } catch {
    return [];
  }
}

/** Devices met before, and emulated ones: a completion asks no network. */
function knownNames(): string[] {
  const met = path.join(stateDirectory(), 'devices');
  const hosts = namesIn(met).flatMap(name => (name.endsWith('.json') ? hostIn(path.join(met, name)) : []));
  const emulated = namesIn(path.join(stateDirectory(), 'emulator')).filter(name => /^[a-z0-9-]+$/.test(name));
  return [...new Set([...hosts, ...emulated])];
}

/** Those of the project in the current directory. */
function projectServices(): readonly ServicePorts[] {
  const files = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
  const text = files.map(textOf).find(it => it !== undefined);
  return text === undefined ? [{ name: 'main', ports: [] }] : readServices(text);
}

/** Returns the lines for the shell. A failure is no candidates. */
export function completionLines(words: readonly string[], root: string): string[] {
  const spec = textOf(path.join(root, 'dist', 'completion.json'));
  if (spec === undefined) return [];
  const commands = JSON.parse(spec) as readonly CompletedCommand[];
  const { candidates, paths } = complete(commands, words, { devices: knownNames, services: projectServices });
  return [
    // Names of devices reach a terminal here.
    ...candidates.map(
      ({ word, summary }) => sanitizeLine(word) + (summary ? `\t${sanitizeLine(summary)}` : ''),
    ),
    ...(paths === undefined ? [] : [`:${paths}`]),
  ];
}
