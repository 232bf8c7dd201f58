import { Config, Plugin } from '@oclif/core';
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../core/errors.ts';
import { beforeSeparator } from './before-separator.ts';
import { findCommand } from './find-command.ts';
import { OsHelp } from './help.ts';
import { processOutput } from './terminal/process-output.ts';
import { reportFailure } from './terminal/report-failure.ts';
import { watchOutput } from './terminal/streams/watch-output.ts';

export interface MainOptions {
  /** The package's directory. */
  readonly root: string;
  /** The directory of the commands, if they are not built: TypeScript sources, or a directory without a manifest. */
  readonly commands?: string;
}

type PackageJson = Config['pjson'];

/** Loads oclif's knowledge of the commands, from the manifest or from the files in `commands`. */
export async function loadConfig({ root, commands }: MainOptions): Promise<Config> {
  const pjson = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as PackageJson;
  if (commands === undefined) return Config.load({ root, pjson, userPlugins: false, devPlugins: false });
  pjson.oclif.commands = commands;
  const plugin = new Plugin({ root, pjson, isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  return Config.load({ root, pjson, plugins: new Map([[plugin.name, plugin]]) });
}

/** Returns the text of `os`, `os --help` and `os help`. */
export async function renderRootHelp(options: MainOptions): Promise<string> {
  return new OsHelp(await loadConfig(options)).formatRoot();
}

async function dispatch(argv: readonly string[], options: MainOptions): Promise<void> {
  const config = await loadConfig(options);
  const [first] = argv;
  const ours = beforeSeparator(argv);
  const isJson = ours.includes('--json');
  const output = processOutput({ isJson, isQuiet: false });
  if (first === '--version') {
    const { version } = config;
    output.answer(isJson ? `${JSON.stringify({ ok: true, result: { version } })}\n` : `${version}\n`);
    return;
  }
  const isHelp =
    argv.length === 0 || first === 'help' || ours.some(word => word === '--help' || word === '-h');
  const words = first === 'help' ? ours.slice(1) : ours;
  const found = findCommand(config.commandIDs, isHelp ? words.filter(word => !word.startsWith('-')) : words);
  if (isHelp) {
    await new OsHelp(config).showHelp([...found.words]);
    return;
  }
  if (!found.isCommand) {
    // A topic alone lists its commands for a person; for a script it is an incomplete command.
    if (isJson)
      throw new OsError('usage', `a command is missing: os ${found.words.join(' ')}`, {
        hint: `see \`os ${found.words.join(' ')} --help\``,
      });
    await new OsHelp(config).showHelp([...found.words]);
    return;
  }
  const command = await config.findCommand(found.words.join(':'), { must: true }).load();
  await command.run(argv.slice(found.length), config);
}

/** Runs one command line. Sets `process.exitCode`; never throws. */
export async function main(argv: readonly string[], options: MainOptions): Promise<void> {
  // One signal ends a command, and everything in it listens: as many listeners as a project has services are no leak.
  setMaxListeners(0);
  // oclif's own listener throws every error except a broken pipe.
  process.stdout.removeAllListeners('error');
  watchOutput();
  try {
    await dispatch(argv, options);
  } catch (error) {
    const isJson = beforeSeparator(argv).includes('--json');
    process.exitCode = reportFailure(error, processOutput({ isJson, isQuiet: false }));
  }
}
