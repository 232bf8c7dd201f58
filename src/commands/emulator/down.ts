import { Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/emulator.ts';
import { readRecords } from '../../emulator/device-record.ts';
import { bringDown } from '../../emulator/down.ts';
import { renderDown } from '../../ui/emulator.ts';

export default class EmulatorDown extends OsCommand {
  static override summary = 'shut a virtual device down';
  static override description = `Shuts a device down and leaves nothing of it running, mounted or linked on this machine. Its files stay.`;

  static override exitStatus = {
    3: 'no such device',
    8: 'another command is working on the device',
  };

  static override examples = ['<%= config.bin %> emulator down', '<%= config.bin %> emulator down --all'];
  static override args = { name: deviceNameArg };
  static override flags = {
    all: Flags.boolean({ description: 'every device' }),
    force: Flags.boolean({ description: 'as if the power were cut' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EmulatorDown);
    const context = emulatorContext(this.config.root, this.signal, this.output);
    const names = flags.all ? (await readRecords(context.place)).map(record => record.name) : [args.name];
    const results = await Promise.all(names.map(name => bringDown(context, name, { isForced: flags.force })));
    this.answer(results, renderDown);
  }
}
