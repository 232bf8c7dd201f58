/** Tells instructions that the classic builder cannot read. Sources: moby 20.10, buildkit's parser and instructions. */
import type { Instruction } from './parse/instruction.ts';

const oneWord = ['WORKDIR', 'USER', 'STOPSIGNAL', 'MAINTAINER'];
const stageName = /^[a-z][a-z0-9._-]*$/;

/** Returns the fault of the form of an instruction, as the predicate of a sentence; undefined without one. */
export function faultOfForm(instruction: Instruction): string | undefined {
  const { keyword, words, rest, isJson, trigger } = instruction;
  switch (keyword) {
    case 'FROM':
      return faultOfFrom(words);
    case 'ADD':
    case 'COPY':
      return faultOfCopy(words);
    case 'ENV':
    case 'LABEL':
      return faultOfPairs(words, rest);
    case 'ARG':
    case 'EXPOSE':
    case 'VOLUME':
      return words.length === 0 ? 'has nothing after it' : undefined;
    case 'SHELL':
      return isJson ? undefined : 'needs a list of strings: write it like ["/bin/bash", "-c"]';
    case 'HEALTHCHECK':
      return /^(?:CMD\s|NONE$)/i.test(rest.trim()) ? undefined : 'needs CMD with a command, or NONE';
    case 'ONBUILD':
      return ['', 'ONBUILD', 'FROM', 'MAINTAINER'].includes(trigger?.keyword ?? '')
        ? 'needs an instruction other than FROM, ONBUILD and MAINTAINER'
        : undefined;
    default:
      return oneWord.includes(keyword) && rest.trim() === '' ? 'has nothing after it' : undefined;
  }
}

/** FROM without an image has a message of its own. */
function faultOfFrom([, as, name, ...more]: readonly string[]): string | undefined {
  if (as === undefined) return undefined;
  if (as.toUpperCase() !== 'AS' || name === undefined || more.length > 0)
    return 'takes an image, and AS with a name after it, and nothing else';
  return stageName.test(name.toLowerCase())
    ? undefined
    : `${JSON.stringify(name)} is not a name: start with a letter, and use letters, digits, ".", "_" and "-"`;
}

function faultOfCopy(words: readonly string[]): string | undefined {
  const destination = (words.at(-1) ?? '').replace(/^(["'])(.*)\1$/, '$2');
  if (words.length < 2) return 'needs a source and a destination';
  // A variable may end with a slash, too: its value is not known here.
  return words.length === 2 || /\/$|\$\w+$|\}$/.test(destination)
    ? undefined
    : `has several sources, and the device's builder puts them only where the name ends with /: write ${destination}/`;
}

/** `NAME=value …`, or the old `NAME value`, in which the value is the rest of the line. */
function faultOfPairs(words: readonly string[], rest: string): string | undefined {
  const [first = ''] = words;
  if (first === '') return 'has nothing after it';
  if (!first.includes('='))
    return /\s\S/.test(rest.trim()) ? undefined : `${first} has no value: write ${first}=value`;
  const odd = words.find(it => !/^[^=]+=/.test(it));
  return odd === undefined
    ? undefined
    : `${JSON.stringify(odd)} is not NAME=value: put quotes around a value with blanks in it`;
}
