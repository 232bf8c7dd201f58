import { Config, run } from '@oclif/core';
import { OsError } from '../core/errors.ts';
import { reportFailure } from './base-command.ts';
import { findNearest } from './nearest.ts';
import { processOutput } from './process-output.ts';

/** The command words at the start of an argument vector, up to the first flag. */
function leadingWords(argv: readonly string[]): string[] {
  const end = argv.findIndex(word => word.startsWith('-'));
  return end === -1 ? [...argv] : argv.slice(0, end);
}

/** Throws `usage` with the nearest command where `argv` starts with no command or topic. */
function checkCommandExists(config: Config, argv: readonly string[]): void {
  const words = leadingWords(argv);
  if (words.length === 0 || words[0] === 'help') return;
  const isKnown = words.some((_, i) => {
    const id = words.slice(0, i + 1).join(':');
    return (
      config.findCommand(id) !== undefined || (config.findTopic(id) !== undefined && i === words.length - 1)
    );
  });
  if (isKnown) return;
  const typed = words.slice(0, config.findTopic(words[0] ?? '') ? 2 : 1).join(' ');
  const nearest = findNearest(
    typed,
    config.commandIDs.map(id => id.replaceAll(':', ' ')),
  );
  throw new OsError('usage', `no such command: os ${typed}`, {
    hint: nearest === undefined ? 'see `os --help`' : `did you mean \`os ${nearest}\`?`,
  });
}

/** Runs one command line. `root` is the package's directory. Sets `process.exitCode`; never throws. */
export async function main(argv: readonly string[], root: string): Promise<void> {
  try {
    const config = await Config.load({ root });
    checkCommandExists(config, argv);
    await run([...argv], config);
  } catch (error) {
    const end = argv.indexOf('--');
    const isJson = (end === -1 ? argv : argv.slice(0, end)).includes('--json');
    reportFailure(error, processOutput({ isJson, isQuiet: false }));
  }
}
