/** Loads the files of the built program, which are CommonJS, with the compiled code that earlier starts kept. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutable } from '../../core/mutable.ts';
import { cacheDirectory } from '../../state/paths.ts';
import { KeptCode } from './kept-code.ts';

/** Digest of the files of the build, which `scripts/build.mjs` puts here. */
declare const osBuildId: string;

/** A file has about a megabyte, and a build as many as it has commands. */
const mostFiles = 64;

type Loaded = Record<string, unknown>;
interface Module {
  readonly exports: Loaded;
}

type ModuleFunction = (
  exports: Loaded,
  require: (id: string) => unknown,
  module: Mutable<Module>,
  filename: string,
  directory: string,
) => void;

export interface LoaderOptions {
  /** Directory of the built program, with a separator at its end. */
  readonly dist: string;
  /** The command: its files are kept together. Nothing is kept where it is none. */
  readonly command: string;
}

/** Returns what loads a file by its path in `dist`. What it compiles is written when the process ends. */
export function openLoader({ dist, command }: LoaderOptions): (file: string) => Loaded {
  const directory = path.join(cacheDirectory(), 'code');
  const isKept = process.env['NODE_DISABLE_COMPILE_CACHE'] === undefined && isCommand(dist, command);
  // Compiled code names the file that it was made of.
  const place = createHash('sha256').update(dist).digest('hex').slice(0, 16);
  const name = `${osBuildId}-${place}-${process.version}-${process.arch}-${command}.code`;
  const file = isKept ? path.join(directory, name) : undefined;
  const kept = new KeptCode(file, { owner: process.getuid?.(), mostFiles });
  process.once('exit', () => {
    kept.save();
  });
  return loaderOf(dist, kept);
}

/** True for the first word of a command. */
const isCommand = (dist: string, word: string): boolean =>
  /^[a-z]+$/.test(word) &&
  [`${word}.cjs`, word].some(name => fs.existsSync(path.join(dist, 'commands', name)));

/** The source begins at the second line, which `KeptCode` counts as the first. */
const wrap = (source: string): string =>
  `(function (exports, require, module, __filename, __dirname) {\n${source}\n})`;

/** Loads as `require` does: each file once, in the order in which they ask for each other. */
function loaderOf(dist: string, kept: KeptCode): (file: string) => Loaded {
  const loaded = new Map<string, Module>();
  const requireOutside = createRequire(dist);
  const load = (file: string): Loaded => {
    const before = loaded.get(file);
    if (before !== undefined) return before.exports;
    const module: Module = { exports: {} };
    loaded.set(file, module);
    const source = fs.readFileSync(file, 'utf8');
    const script = kept.compile(file.slice(dist.length), wrap(source), pathToFileURL(file).href);
    const directory = path.dirname(file);
    const requireFrom = (id: string): unknown => {
      const target = id.startsWith('.') ? path.join(directory, id) : id;
      return target.startsWith(dist) ? load(target) : requireOutside(id);
    };
    (script.runInThisContext() as ModuleFunction)(module.exports, requireFrom, module, file, directory);
    return module.exports;
  };
  return file => load(path.join(dist, file));
}
