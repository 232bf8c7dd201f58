import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { readInfo } from '../cli/read-info.ts';
import { note } from '../ui/output.ts';
import { renderInfo } from '../ui/info.ts';

export default class Info extends OsCommand {
  static override summary = 'tell everything known about one device';
  static override description = `Asks the device's engine, its supervisor and, over SSH, its host OS: identity, \
storage, memory, uptime, what the OS is made of, its services and its settings. Where some of these are shut the rest \
is told. Secrets in its configuration are never shown.

A port after the device's name is its engine's: \`os info mydevice:2375\`.`;

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
    device: Args.string({ description: 'address, host name, or UUID of the device' }),
  };

  static override exitStatus = {
    3: 'no such device, or nothing answers',
    4: 'nothing but SSH is open, and it refuses us',
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Info);
    const info = await readInfo(args.device, this.signal, this.output);
    if (info.hostProblem !== null) note(this.output, `the host OS was not asked: ${info.hostProblem}`);
    this.answer(info, renderInfo);
  }
}
