import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { completionScripts, shells } from '../cli/completion/scripts.ts';

export default class Completion extends OsCommand {
  static override summary = 'print the completion of a shell';
  static override description = `Prints a small script that completes commands, flags, services and the names of devices that were met before, or \
are emulated. Completing a word asks nothing on the network and takes a few hundredths of a second.`;

  static override examples = [
    { description: 'bash, in ~/.bashrc', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh, in ~/.zshrc', command: 'source <(<%= config.bin %> completion zsh)' },
    {
      description: 'zsh, loaded when it is needed first',
      command: '<%= config.bin %> completion zsh > "${fpath[1]}/_os"',
    },
    {
      description: 'fish',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/os.fish',
    },
  ];

  static override args = {
    shell: Args.string({ description: 'the shell', options: [...shells], required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const shell = shells.find(it => it === args.shell) ?? 'bash';
    this.answer({ shell, script: completionScripts[shell] }, ({ script }) => script);
  }
}
