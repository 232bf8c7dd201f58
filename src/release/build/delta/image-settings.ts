/** Carries out the instructions that change an image's configuration alone, as the classic builder does (moby builder/dockerfile/dispatchers.go). */
import { parseDuration } from '../../../core/units.ts';
import type { Instruction } from '../../../project/dockerfile/parse/instruction.ts';
import { parseStrings } from '../../../project/dockerfile/parse/split-words.ts';
import { expandWord } from '../../../project/dockerfile/evaluate/expand-word.ts';

/** The part of an image's configuration, as the engine spells it, that these instructions read or change. */
export interface EngineConfig {
  readonly Cmd?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null;
  readonly Healthcheck?: object | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Shell?: readonly string[] | null;
  readonly StopSignal?: string;
  readonly User?: string;
}

/** From the configuration before an instruction to the one after it. */
export type Change = (config: EngineConfig) => EngineConfig;

const defaultShell = ['/bin/sh', '-c'];

const shellForm = ({ Shell }: EngineConfig, text: string): string[] => [...(Shell ?? defaultShell), text];

/** Words without variables, quotes taken off. Undefined where a variable would have to be known. */
function plainWords({ words, rest }: Instruction): string[] | undefined {
  if (/[$\\]/.test(rest)) return undefined;
  return words.map(word => expandWord(word, { lookup: () => undefined, escape: '\\' }));
}

/** `KEY=VALUE …`; the older form `KEY VALUE` is left to the builder. */
function readPairs(instruction: Instruction): (readonly [string, string])[] | undefined {
  const words = plainWords(instruction);
  if (words === undefined || words.length === 0) return undefined;
  if (instruction.words.some(word => !/^[\w.-]+=/.test(word))) return undefined;
  return words.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
}

function setVariable(env: readonly string[], [name, value]: readonly [string, string]): string[] {
  const text = `${name}=${value}`;
  const at = env.findIndex(it => it.startsWith(`${name}=`));
  return at === -1 ? [...env, text] : env.with(at, text);
}

const nanosecondsPerMs = 1_000_000;
const timings: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
};

function readHealthcheck({ rest, flags }: Instruction): object | undefined {
  const [, kind = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(rest.trim()) ?? [];
  if (kind.toUpperCase() === 'NONE')
    return flags.length === 0 && command === '' ? { Test: ['NONE'] } : undefined;
  if (kind.toUpperCase() !== 'CMD' || command === '') return undefined;
  const strings = parseStrings(command);
  const check: Record<string, unknown> = {
    Test: strings === undefined ? ['CMD-SHELL', command] : ['CMD', ...strings],
  };
  for (const { name, value = '' } of flags) {
    const field = timings[name];
    if (name === 'retries' && /^[1-9]\d{0,5}$/.test(value)) check['Retries'] = Number(value);
    else if (field !== undefined && /^[1-9]\d{0,5}(?:ms|s|m|h)$/.test(value))
      check[field] = parseDuration(value) * nanosecondsPerMs;
    else return undefined;
  }
  return check;
}

/** Returns the change of a configuration by `instruction`; undefined where only the builder can tell. `isCommandSet`: the stage has a CMD before it. */
export function readSetting(instruction: Instruction, isCommandSet: boolean): Change | undefined {
  const { keyword, rest, words, isJson, flags } = instruction;
  if (flags.length > 0 && keyword !== 'HEALTHCHECK') return undefined;
  // The builder decides which blanks of a command over several lines stay.
  const isCommand = ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'].includes(keyword);
  if (isCommand && instruction.endLine > instruction.line) return undefined;
  switch (keyword) {
    case 'CMD':
      if (words.length === 0) return undefined;
      return config => ({ ...config, Cmd: isJson ? words : shellForm(config, rest.trim()) });
    case 'ENTRYPOINT':
      if (words.length === 0) return undefined;
      return config => ({
        ...config,
        Entrypoint: isJson ? words : shellForm(config, rest.trim()),
        // A CMD of the base image belongs to the base image's ENTRYPOINT.
        ...(isCommandSet ? {} : { Cmd: null }),
      });
    case 'ENV': {
      const pairs = readPairs(instruction);
      return pairs && (config => ({ ...config, Env: pairs.reduce(setVariable, [...(config.Env ?? [])]) }));
    }
    case 'LABEL': {
      const pairs = readPairs(instruction);
      return pairs && (config => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairs) } }));
    }
    case 'EXPOSE': {
      const ports = plainWords(instruction);
      if (ports?.every(port => /^[1-9]\d{0,4}(?:\/(?:tcp|udp|sctp))?$/.test(port)) !== true) return undefined;
      const added = Object.fromEntries(ports.map(port => [port.includes('/') ? port : `${port}/tcp`, {}]));
      return config => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...added } });
    }
    case 'HEALTHCHECK': {
      const check = readHealthcheck(instruction);
      return check && (config => ({ ...config, Healthcheck: check }));
    }
    case 'USER': {
      const [user, ...others] = plainWords(instruction) ?? [];
      if (user === undefined || user === '' || others.length > 0) return undefined;
      return config => ({ ...config, User: user });
    }
    default:
      return undefined;
  }
}

/** Returns the change of a configuration by the instructions at `places`, the last ones of a stage; undefined where that is not certain. */
export function readSettings(
  instructions: readonly Instruction[],
  { done, rest }: { readonly done: readonly number[]; readonly rest: readonly number[] },
): Change | undefined {
  let isCommandSet = done.some(place => instructions[place]?.keyword === 'CMD');
  const changes: Change[] = [];
  for (const place of rest) {
    const instruction = instructions[place];
    const change = instruction && readSetting(instruction, isCommandSet);
    if (change === undefined) return undefined;
    if (instruction?.keyword === 'CMD') isCommandSet = true;
    changes.push(change);
  }
  return config => changes.reduce((it, change) => change(it), config);
}
