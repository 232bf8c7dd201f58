import { loadConfig } from '../../src/cli/main.ts';
import { OsHelp } from '../../src/cli/help.ts';
import { root } from './run-program.ts';

class Listening extends OsHelp {
  text = '';

  protected override log(...args: string[]): void {
    this.text += `${args.join(' ')}\n`;
  }
}

/** What `os WORDS --help` prints at 80 columns without colour, by oclif.manifest.json. */
export async function renderHelp(words: readonly string[]): Promise<string> {
  const help = new Listening(await loadConfig({ root }), { maxWidth: 80, stripAnsi: true });
  await help.showHelp([...words]);
  return help.text;
}
