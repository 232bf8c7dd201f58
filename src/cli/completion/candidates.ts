import type { ServicePorts } from './project-services.ts';
import type { CompletedCommand, CompletedFlag } from './spec.ts';

/** One word that may stand there. */
export interface Candidate {
  readonly word: string;
  readonly summary?: string | undefined;
}

/** Paths that the shell completes by itself, beside the words. */
type Paths = 'files' | 'directories';

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly paths?: Paths | undefined;
}

/** Sources of words that the manifest does not have. */
export interface CompletionSources {
  readonly devices: () => readonly string[];
  /** Services of the project, with the ports that its compose file names. */
  readonly services: () => readonly ServicePorts[];
}

const nothing: Completion = { candidates: [] };

const plain = (words: readonly string[]): Completion => ({ candidates: words.map(word => ({ word })) });

const serviceWords = ({ services }: CompletionSources): string[] => services().map(({ name }) => name);

/** `web:80` for each port, as `os tunnel` takes them; `web:` where none is known. */
const portWords = ({ services }: CompletionSources): string[] =>
  services().flatMap(({ name, ports }) =>
    ports.length === 0 ? [`${name}:`] : ports.map(port => `${name}:${port.toString()}`),
  );

/** `kitchen:`, and with that typed `kitchen:/` and `kitchen:web:`, as `os cp` takes them; files of this machine too. */
function placesOf(current: string, sources: CompletionSources): Completion {
  const [, device] = /^([^:/]*):/.exec(current) ?? [];
  if (device === undefined) return { ...plain(sources.devices().map(it => `${it}:`)), paths: 'files' };
  return plain([`${device}:/`, ...serviceWords(sources).map(it => `${device}:${it}:/`)]);
}

/** Devices for a word that may be a list, of which the last part is completed: `kitchen,ha`. */
function deviceWords(current: string, { devices }: CompletionSources): string[] {
  const listed = current.slice(0, current.lastIndexOf(',') + 1);
  const before = new Set(listed.split(','));
  return devices()
    .filter(name => !before.has(name))
    .map(name => `${listed}${name}`);
}

/** The place of a word: the name of its argument or flag, and the word as far as it is typed. */
interface Place {
  readonly command: string;
  readonly name: string;
  readonly current: string;
}

/** The values of an argument or a flag, by what its name says that it is. */
function valuesOf({ command, name, current }: Place, sources: CompletionSources): Completion {
  switch (name.toLowerCase()) {
    case 'device':
      // The first word of `os tunnel` may be a port already.
      return plain([...deviceWords(current, sources), ...(command === 'tunnel' ? portWords(sources) : [])]);
    case 'on':
    case 'target':
      return plain(deviceWords(current, sources));
    case 'service':
      return plain(serviceWords(sources));
    case 'port':
      return command === 'tunnel' ? plain(portWords(sources)) : nothing;
    case 'dir':
    case 'source':
      return { candidates: [], paths: 'directories' };
    case 'file':
    case 'image':
    case 'png':
    case 'identity':
      return { candidates: [], paths: 'files' };
    case 'src':
    case 'dst':
      return placesOf(current, sources);
    default:
      return nothing;
  }
}

const isEmpty = ({ candidates, paths }: Completion): boolean =>
  candidates.length === 0 && paths === undefined;

function flagValues(
  { name: command }: CompletedCommand,
  { name, options, value }: CompletedFlag,
  current: string,
  sources: CompletionSources,
): Completion {
  if (options !== undefined) return plain(options);
  const byName = valuesOf({ command, name, current }, sources);
  if (!isEmpty(byName) || value === undefined) return byName;
  return valuesOf({ command, name: value, current }, sources);
}

/** The flag that `word` (`--via`, `-s`) is; undefined for another word. */
const flagOf = ({ flags }: CompletedCommand, word: string): CompletedFlag | undefined =>
  flags.find(({ name, char }) => word === `--${name}` || (char !== undefined && word === `-${char}`));

/** The command at the beginning of `words`, the longest that there is, and the words after it. */
function findCommand(
  commands: readonly CompletedCommand[],
  words: readonly string[],
): { readonly command: CompletedCommand; readonly rest: readonly string[] } | undefined {
  const [found] = commands
    .filter(({ name }) => name.split(' ').every((word, i) => words[i] === word))
    .sort((a, b) => b.name.length - a.name.length);
  return found && { command: found, rest: words.slice(found.name.split(' ').length) };
}

/** The next words of commands that begin with `words`. */
function nextWords(commands: readonly CompletedCommand[], words: readonly string[]): Candidate[] {
  const found = new Map<string, string>();
  for (const { name, summary } of commands) {
    const parts = name.split(' ');
    const next = parts[words.length];
    if (next === undefined || !words.every((word, i) => parts[i] === word)) continue;
    // A topic has no summary of its own.
    found.set(next, parts.length === words.length + 1 ? summary : (found.get(next) ?? ''));
  }
  return [...found].map(([word, summary]) => ({ word, summary }));
}

function completeFlagNames({ flags }: CompletedCommand, given: readonly string[]): Completion {
  const isGiven = ({ name, char, isMultiple }: CompletedFlag): boolean =>
    !isMultiple && given.some(it => it === `--${name}` || (char !== undefined && it === `-${char}`));
  return plain([...flags.filter(flag => !isGiven(flag)).map(({ name }) => `--${name}`), '--help']);
}

/** Words that are no flag and no value of one. */
function positionals(command: CompletedCommand, words: readonly string[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) found.push(word);
    else if (flagOf(command, word)?.isBoolean === false) i += 1;
  }
  return found;
}

function completeCommand(
  command: CompletedCommand,
  before: readonly string[],
  current: string,
  sources: CompletionSources,
): Completion {
  // The words after it belong to another program.
  if (before.includes('--')) return nothing;
  const [, inline, part = ''] = /^(--[^=]+)=(.*)/s.exec(current) ?? [];
  if (inline !== undefined) {
    const flag = flagOf(command, inline);
    const values = flag === undefined ? nothing : flagValues(command, flag, part, sources);
    return { ...values, candidates: values.candidates.map(({ word }) => ({ word: `${inline}=${word}` })) };
  }
  const last = before.at(-1);
  const open = last === undefined ? undefined : flagOf(command, last);
  if (open?.isBoolean === false) return flagValues(command, open, current, sources);
  if (current.startsWith('-')) return completeFlagNames(command, before);
  const count = positionals(command, before).length;
  const arg = command.args[count] ?? (command.isOpenEnded ? command.args.at(-1) : undefined);
  if (arg === undefined) return nothing;
  if (arg.options !== undefined) return plain(arg.options);
  return valuesOf({ command: command.name, name: arg.name, current }, sources);
}

/** Returns the completions of the last of `words`, which follow `os` on the command line. */
export function complete(
  commands: readonly CompletedCommand[],
  words: readonly string[],
  sources: CompletionSources,
): Completion {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const ofTopic = before[0] === 'help' ? before.slice(1) : before;
  const next = nextWords(commands, ofTopic);
  const found = findCommand(commands, before);
  const { candidates, paths } =
    found === undefined || next.length > 0
      ? { candidates: next }
      : completeCommand(found.command, found.rest, current, sources);
  return {
    candidates: candidates
      .filter(({ word }) => word.startsWith(current))
      .sort((a, b) => (a.word < b.word ? -1 : 1)),
    paths,
  };
}
