import { Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/flags/emulator.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { readLogs } from '../../emulator/logs.ts';

export default class EmulatorLogs extends OsCommand {
  static override summary = 'print the journal of an emulated device';
  static override description = `Prints the journal of a running device, from the machine's side: it works when the device's network does not. Of \
a device that is down it prints the console of its last run. With --json one event a line.`;

  static override exitStatus = {
    3: 'no such device',
    10: 'the device went down while its journal was followed',
    130: 'interrupted, as --follow always is',
  };

  static override examples = [
    '<%= config.bin %> emulator logs',
    '<%= config.bin %> emulator logs shop --follow',
  ];
  static override args = { name: deviceNameArg };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on until interrupted' }),
  };

  protected override jsonShape = 'events' as const;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EmulatorLogs);
    if (flags.follow) this.endWithReader();
    const context = emulatorContext(this.config.root, this.signal, this.output);
    this.events.device = args.name;
    const isJson = this.output.mode === 'json';
    await readLogs(context, args.name, { isFollowing: flags.follow }, text => {
      const line = sanitizeLine(text.trimEnd());
      if (isJson) this.events.report({ type: 'line', line });
      else this.output.answer(`${line}\n`);
    });
    if (isJson) this.events.report({ type: 'done' });
  }
}
