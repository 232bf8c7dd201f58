import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags, severalForms } from '../cli/flags/several-flags.ts';
import { reachContext } from '../cli/terminal/reach-context.ts';
import { readInfo } from '../reach/info/read-info.ts';
import { notePlain } from '../ui/output.ts';
import { renderInfo } from '../ui/answers/info.ts';

export default class Info extends OsCommand {
  static override summary = 'print everything known about one device';
  static override description = `Asks the device's engine, its supervisor and, over SSH, its host OS for identity, storage, memory, uptime, OS \
components, services and settings. If some of them do not answer, the others are printed. Secrets in its \
configuration are never shown.

A port after the device's name is that of its engine: \`os info mydevice:2375\`.`;

  static override examples = [
    { description: 'the only device on the network', command: '<%= config.bin %> info' },
    { description: 'by host name, UUID or address', command: '<%= config.bin %> info 63ec46c' },
    {
      description: 'free space on the data partition, for a script',
      command:
        '<%= config.bin %> info mydevice --json | jq \'.result.storage[] | select(.mountPoint == "/mnt/data").availableBytes\'',
    },
  ];

  static override args = {
    device: Args.string({ description: `address, host name, or UUID of the device; ${severalForms}` }),
  };

  static override devices = 'argument' as const;
  static override flags = { ...severalFlags };
  static override exitStatus = {
    3: 'no such device, or nothing answers',
    4: 'only SSH is open, and it refuses every key',
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Info);
    const info = await readInfo(args.device, reachContext(this.output, this.signal));
    if (info.hostProblem !== null) notePlain(this.output, `the host OS was not asked: ${info.hostProblem}`);
    this.answer(info, renderInfo);
  }
}
